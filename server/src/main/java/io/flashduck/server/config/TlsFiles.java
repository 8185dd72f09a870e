package io.flashduck.server.config;

import java.nio.file.Path;

/**
 * The PEM files of the server's identity.
 *
 * <p>Threading: immutable.
 *
 * @param certificate the certificate chain, the server's own first
 * @param key the private key, PKCS#8
 */
public record TlsFiles(Path certificate, Path key) {}
