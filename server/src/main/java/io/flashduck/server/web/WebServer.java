package io.flashduck.server.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.Principal;
import io.flashduck.server.config.NetworkConfig;
import io.flashduck.server.engine.EngineThreads;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server. It answers health checks from the first moment, and everything else once {@link
 * #ready} was called.
 *
 * <p>Threading: thread-safe; requests run on at most {@value #WORKERS} threads named {@code
 * flashduck-http-N}.
 */
public final class WebServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebServer.class);
  private static final int WORKERS = 16;
  private static final int WAITING = 256;
  private static final int BACKLOG = 128;
  private static final String CONTENT_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final ThreadPoolExecutor workers;
  private final RequestGuard guard;
  private final AtomicInteger running = new AtomicInteger();
  private volatile Router router = new Router();
  private volatile boolean ready;
  private volatile Runnable unsubscribe = () -> {};

  private WebServer(HttpServer server, ThreadPoolExecutor workers, RequestGuard guard) {
    this.server = server;
    this.workers = workers;
    this.guard = guard;
  }

  /**
   * Binds the port and answers health checks.
   *
   * @throws FlashDuckException IO_ERROR if the port cannot be bound
   */
  public static WebServer open(NetworkConfig settings, Authenticator authenticator) {
    HttpServer server = bind(settings);
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            work -> {
              Thread thread =
                  EngineThreads.create(work, "flashduck-http-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.CallerRunsPolicy());
    workers.allowCoreThreadTimeOut(true);
    WebServer web = new WebServer(server, workers, new RequestGuard(authenticator));
    server.setExecutor(workers);
    server.createContext("/", web::handle);
    server.start();
    return web;
  }

  private static HttpServer bind(NetworkConfig settings) {
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.httpPort());
    try {
      if (settings.tls().isEmpty()) {
        return HttpServer.create(address, BACKLOG);
      }
      HttpsServer https = HttpsServer.create(address, BACKLOG);
      https.setHttpsConfigurator(new HttpsConfigurator(PemIdentity.context(settings.tls().get())));
      return https;
    } catch (BindException e) {
      throw new FlashDuckException(
          ErrorCode.ALREADY_RUNNING,
          "The HTTP port "
              + settings.httpPort()
              + " on "
              + settings.host()
              + " cannot be used: "
              + e.getMessage()
              + ". Choose another with --http-port, or off",
          e);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "HTTP cannot be served on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port that was bound. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** From now on everything is served. */
  public void ready(WebBackend backend) {
    ChangeTimes changes = ChangeTimes.of(backend.database(), Clock.systemUTC());
    unsubscribe = changes::close;
    ready(WebRoutes.of(backend, changes));
  }

  void ready(Router routes) {
    router = routes;
    ready = true;
  }

  /** From now on readiness checks fail, so that no new work is sent here. */
  public void stopping() {
    ready = false;
    unsubscribe.run();
  }

  private void handle(HttpExchange exchange) {
    running.incrementAndGet();
    try (exchange) {
      send(exchange, respond(exchange));
    } catch (IOException clientGone) {
      log.debug("An HTTP client went away: {}", clientGone.toString());
    } finally {
      synchronized (running) {
        running.decrementAndGet();
        running.notifyAll();
      }
    }
  }

  private Response respond(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    try {
      if (path.equals("/health/live")) {
        return Response.text(HttpStatus.OK, "live");
      }
      if (path.equals("/health/ready")) {
        return ready
            ? Response.text(HttpStatus.OK, "ready")
            : Response.text(HttpStatus.UNAVAILABLE, "not ready");
      }
      Principal principal = guard.admit(exchange);
      if (!ready) {
        return Response.error(
            HttpStatus.UNAVAILABLE, "SHUTTING_DOWN", "The server is starting or stopping");
      }
      Request request = new Request(exchange, principal);
      return router.find(request.method(), path).answer(request);
    } catch (FlashDuckException e) {
      return failure(exchange, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Response.error(HttpStatus.UNAVAILABLE, "SHUTTING_DOWN", "The server is stopping");
    } catch (IOException | RuntimeException e) {
      String id = UUID.randomUUID().toString().substring(0, 8);
      log.error("Internal error {} at {}", id, path, e);
      return Response.error(
          500, "INTERNAL", "Internal error " + id + "; the server's log has the details");
    }
  }

  private static Response failure(HttpExchange exchange, FlashDuckException failure) {
    Response response = Response.error(failure);
    boolean askInBrowser =
        failure.code() == ErrorCode.UNAUTHENTICATED
            && exchange.getRequestHeaders().getFirst("X-Requested-With") == null;
    return askInBrowser
        ? response.with("WWW-Authenticate", "Basic realm=\"FlashDuck\", charset=\"UTF-8\"")
        : response;
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", response.contentType());
    headers.set("Cache-Control", "no-store");
    headers.set("Content-Security-Policy", CONTENT_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    response.headers().forEach(headers::set);
    boolean bodiless =
        exchange.getRequestMethod().equals("HEAD")
            || response.status() == HttpStatus.NOT_MODIFIED
            || response.body().length == 0;
    exchange.sendResponseHeaders(response.status(), bodiless ? -1 : response.body().length);
    if (!bodiless) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(response.body());
      }
    }
  }

  /** Lets requests that run finish for a second, and frees the port. */
  @Override
  public void close() {
    ready = false;
    try {
      awaitIdle();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    workers.shutdownNow();
  }

  /** The JDK's own {@code stop(1)} waits its whole second even if nothing runs. */
  private void awaitIdle() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    synchronized (running) {
      while (running.get() > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          return;
        }
        running.wait(left);
      }
    }
  }
}
