/**
 * ADBC's own validation suites, run by its Flight SQL driver for Java on a real server.
 *
 * <p>They are tagged {@code adbc-validation} and run in a process without the JDBC driver, whose
 * jar carries changed copies of classes that this driver needs.
 */
@NullMarked
package io.flashduck.server.validation;

import org.jspecify.annotations.NullMarked;
