package io.flashduck.server.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * What a port speaks: gRPC or HTTP, encrypted or not. It sends no credentials, and accepts every
 * certificate only to look at it.
 *
 * <p>Threading: stateless; blocks for a few seconds at most.
 */
final class WireProbe {
  /** HTTP/2's connection preface and an empty SETTINGS frame (RFC 9113, 3.4 and 6.5). */
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private static final int FRAME_HEADER_BYTES = 9;
  private static final int SETTINGS = 4;

  private WireProbe() {}

  /** What was heard. */
  enum Speech {
    /** HTTP/2 without encryption, which is what gRPC runs on. */
    GRPC,
    /** HTTP/2 inside TLS. */
    GRPC_TLS,
    /** HTTP/1 without encryption. */
    HTTP,
    /** TLS, but not HTTP/2 inside. */
    HTTPS,
    /** Something else, or nothing at all. */
    UNKNOWN
  }

  /**
   * The answer.
   *
   * @param certificates the server's certificate first, then its issuers as far as it sends them;
   *     empty without TLS
   */
  record Result(Speech speech, List<X509Certificate> certificates) {
    boolean encrypted() {
      return speech == Speech.GRPC_TLS || speech == Speech.HTTPS;
    }
  }

  /**
   * @param host the name to ask a TLS server for
   */
  static Result of(InetSocketAddress target, String host) {
    Result plain = plain(target, PREFACE);
    if (plain.speech() != Speech.UNKNOWN) {
      return plain;
    }
    Result tls = tls(target, host);
    if (tls.speech() != Speech.UNKNOWN) {
      return tls;
    }
    // some HTTP servers close at the preface without a word
    return plain(target, "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Result plain(InetSocketAddress target, byte[] greeting) {
    try (Socket socket = connect(target)) {
      socket.getOutputStream().write(greeting);
      socket.getOutputStream().flush();
      byte[] answer = read(socket.getInputStream());
      if (new String(answer, StandardCharsets.ISO_8859_1).startsWith("HTTP/")) {
        return new Result(Speech.HTTP, List.of());
      }
      boolean settings = answer.length == FRAME_HEADER_BYTES && answer[3] == SETTINGS;
      return new Result(settings ? Speech.GRPC : Speech.UNKNOWN, List.of());
    } catch (IOException e) {
      return new Result(Speech.UNKNOWN, List.of());
    }
  }

  private static byte[] read(InputStream in) throws IOException {
    byte[] answer = new byte[FRAME_HEADER_BYTES];
    int length = 0;
    try {
      while (length < answer.length) {
        int read = in.read(answer, length, answer.length - length);
        if (read < 0) {
          break;
        }
        length += read;
      }
    } catch (SocketTimeoutException silent) {
      // what came so far
    }
    return Arrays.copyOf(answer, length);
  }

  private static Result tls(InetSocketAddress target, String host) {
    try (Socket socket = connect(target);
        SSLSocket secure =
            (SSLSocket)
                context().getSocketFactory().createSocket(socket, host, target.getPort(), true)) {
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      if (!host.contains(":") && !host.matches("[0-9.]+")) {
        parameters.setServerNames(List.of(new SNIHostName(host)));
      }
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      Speech speech = "h2".equals(secure.getApplicationProtocol()) ? Speech.GRPC_TLS : Speech.HTTPS;
      return new Result(speech, certificates(secure.getSession().getPeerCertificates()));
    } catch (IOException | IllegalArgumentException noTls) {
      return new Result(Speech.UNKNOWN, List.of());
    }
  }

  private static List<X509Certificate> certificates(Certificate[] chain) {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Certificate certificate : chain) {
      if (certificate instanceof X509Certificate x509) {
        certificates.add(x509);
      }
    }
    return certificates;
  }

  private static SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }

  @SuppressWarnings("resource") // the caller closes
  private static Socket connect(InetSocketAddress target) throws IOException {
    Socket socket = new Socket();
    socket.connect(target, NetworkProbe.TIMEOUT_MILLIS);
    socket.setSoTimeout(NetworkProbe.TIMEOUT_MILLIS);
    return socket;
  }
}
