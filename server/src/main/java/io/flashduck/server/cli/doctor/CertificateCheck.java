package io.flashduck.server.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Why a client refuses a certificate: its dates, the names in it, or who signed it.
 *
 * <p>Threading: immutable.
 *
 * @param host the name that the client connects to
 * @param caFile the certificates to trust instead of the system's
 * @param clock what the dates are compared with
 */
record CertificateCheck(String host, Optional<Path> caFile, Clock clock) {
  private static final String SUBJECT = "certificate";
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  /** Everything that is wrong with it; one OK if nothing is. */
  List<Finding> of(List<X509Certificate> chain) {
    X509Certificate certificate = chain.get(0);
    List<Finding> findings = new ArrayList<>();
    Instant now = clock.instant();
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      findings.add(
          Finding.unreachable(
              SUBJECT,
              "The certificate expired at " + certificate.getNotAfter().toInstant() + ".",
              "Give the server a new one (--tls-cert, --tls-key) and start it again."));
    } else if (now.isBefore(certificate.getNotBefore().toInstant())) {
      findings.add(
          Finding.unreachable(
              SUBJECT,
              "The certificate is valid only from "
                  + certificate.getNotBefore().toInstant()
                  + ", and here it is "
                  + now
                  + ".",
              "Is the clock of this machine right?"));
    }
    List<String> names = names(certificate);
    if (names.stream().noneMatch(this::covers)) {
      findings.add(wrongName(names));
    }
    untrusted(chain, !findings.isEmpty()).ifPresent(findings::add);
    return findings.isEmpty() ? List.of(good(certificate)) : findings;
  }

  private static Finding good(X509Certificate certificate) {
    return Finding.ok(SUBJECT, "trusted, valid until " + certificate.getNotAfter().toInstant());
  }

  private Finding wrongName(List<String> names) {
    if (names.isEmpty()) {
      return Finding.unreachable(
          SUBJECT,
          "The certificate has no subjectAltName, and clients do not look at its common name.",
          "Make one with -addext \"subjectAltName=DNS:" + host + "\" (openssl req).");
    }
    return Finding.unreachable(
        SUBJECT,
        "The certificate is for " + String.join(", ", names) + ", not for '" + host + "'.",
        "Connect with one of those names, or make a certificate that has '" + host + "' as well.");
  }

  /** Who signed it is asked of Java's own check, the one that gRPC and JDBC use too. */
  private Optional<Finding> untrusted(List<X509Certificate> chain, boolean alreadyWrong) {
    try {
      for (TrustManager manager : trustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          x509.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
        }
      }
      return Optional.empty();
    } catch (CertificateException e) {
      boolean dates = alreadyWrong && String.valueOf(e.getMessage()).contains("validity check");
      return dates ? Optional.empty() : Optional.of(notTrusted(chain));
    } catch (IOException | GeneralSecurityException e) {
      return Optional.of(
          Finding.unreachable(
              SUBJECT,
              "The certificates of --ca-file " + caFile.orElseThrow() + " cannot be read: " + e,
              "It must be a text file with BEGIN CERTIFICATE lines (PEM)."));
    }
  }

  private Finding notTrusted(List<X509Certificate> chain) {
    X509Certificate certificate = chain.get(0);
    boolean own = certificate.getSubjectX500Principal().equals(issuer(certificate));
    String whose = own ? "signed by itself" : "issued by '" + issuer(chain) + "'";
    String fingerprint = "Its SHA-256 fingerprint is " + fingerprint(certificate) + ".";
    if (caFile.isPresent()) {
      return Finding.unreachable(
          SUBJECT,
          "The certificate is " + whose + ", and " + caFile.get() + " does not hold that one.",
          "Take the file that the server has as --tls-cert, or its authority's certificate.",
          fingerprint);
    }
    return Finding.unreachable(
        SUBJECT,
        "The certificate is not trusted: it is " + whose + ".",
        "Copy the file that the server has as --tls-cert (or its authority's certificate) to this"
            + " machine and name it with --ca-file.",
        fingerprint);
  }

  private static Object issuer(X509Certificate certificate) {
    return certificate.getIssuerX500Principal();
  }

  private static String issuer(List<X509Certificate> chain) {
    return chain.get(chain.size() - 1).getIssuerX500Principal().getName();
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate from a handshake has an encoding", e);
    }
  }

  private TrustManager[] trustManagers() throws IOException, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(caFile.isPresent() ? read(caFile.get()) : (KeyStore) null);
    return factory.getTrustManagers();
  }

  private static KeyStore read(Path pem) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(pem)) {
      int number = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("trusted" + number++, certificate);
      }
      if (number == 0) {
        throw new IOException("there is no certificate in it");
      }
    } catch (CertificateException e) {
      throw new IOException("it is no certificate", e);
    }
    return store;
  }

  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        if (name.get(0) instanceof Integer kind && (kind == DNS_NAME || kind == IP_ADDRESS)) {
          names.add(String.valueOf(name.get(1)));
        }
      }
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
    return names;
  }

  private boolean covers(String name) {
    String wanted = host.toLowerCase(Locale.ROOT);
    String offered = name.toLowerCase(Locale.ROOT);
    if (offered.startsWith("*.")) {
      int dot = wanted.indexOf('.');
      return dot > 0 && wanted.substring(dot).equals(offered.substring(1));
    }
    return offered.equals(wanted) || sameAddress(offered, wanted);
  }

  private static boolean sameAddress(String one, String other) {
    if (!literal(one) || !literal(other)) {
      return false;
    }
    try {
      return InetAddress.getByName(one).equals(InetAddress.getByName(other));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean literal(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9]+(\\.[0-9]+){3}");
  }
}
