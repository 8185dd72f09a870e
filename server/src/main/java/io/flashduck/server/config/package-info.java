/**
 * The configuration as records: parsed, completed with defaults, validated.
 *
 * <p>May use: {@code error}. Threads: immutable values. Data path: YAML file, environment and
 * options to one {@code ServerConfig}; each component gets its own slice. The only package that
 * reads configuration files, environment or system properties. Not here: table options of {@code
 * tables.yaml} beyond their parsing.
 */
@NullMarked
package io.flashduck.server.config;

import org.jspecify.annotations.NullMarked;
