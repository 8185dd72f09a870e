package io.flashduck.server.app;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A self-signed certificate, as PEM files.
 *
 * @param certificate the certificate
 * @param key its private key, PKCS#8
 */
record TestCertificate(Path certificate, Path key) {
  static TestCertificate in(Path folder, String name) {
    Instant now = Instant.now();
    return in(folder, name, "localhost", now.plus(1, ChronoUnit.DAYS));
  }

  /**
   * @param host the name in it, beside 127.0.0.1 if it is localhost
   * @param end when it expires
   */
  static TestCertificate in(Path folder, String name, String host, Instant end) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair pair = generator.generateKeyPair();
      X500Principal subject = new X500Principal("CN=" + host);
      var builder =
          new JcaX509v3CertificateBuilder(
              subject,
              BigInteger.valueOf(end.toEpochMilli()),
              Date.from(end.minus(2, ChronoUnit.DAYS)),
              Date.from(end),
              subject,
              pair.getPublic());
      List<GeneralName> names = new ArrayList<>();
      names.add(new GeneralName(GeneralName.dNSName, host));
      if (host.equals("localhost")) {
        names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
      }
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
      return new TestCertificate(
          pem(folder.resolve(name + ".pem"), builder.build(signer)),
          pem(
              folder.resolve(name + ".key"),
              new JcaPKCS8Generator(pair.getPrivate(), null).generate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path pem(Path file, Object content) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file);
        JcaPEMWriter pem = new JcaPEMWriter(writer)) {
      pem.writeObject(content);
    }
    return file;
  }
}
