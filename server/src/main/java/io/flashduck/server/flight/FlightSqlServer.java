package io.flashduck.server.flight;

import io.flashduck.server.config.NetworkConfig;
import io.flashduck.server.config.TlsFiles;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.auth.ServerAuthHandler;
import org.apache.arrow.flight.auth.ServerAuthInterceptor;
import org.apache.arrow.flight.grpc.ServerBackpressureThresholdInterceptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Flight SQL server on Arrow's FlightServer and Netty.
 *
 * <p>Threading: thread-safe. Calls run on threads {@code flashduck-flight-N}, as many as there are
 * calls, which {@link CallAdmission} bounds; results are sent by {@code flashduck-stream-N}.
 */
public final class FlightSqlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FlightSqlServer.class);

  /** Netty's default of 64 KB halves the throughput of large batches. */
  private static final WriteBufferWaterMark WRITE_BUFFER =
      new WriteBufferWaterMark(1024 * 1024, 4 * 1024 * 1024);

  /** Bytes that gRPC queues before a stream is "not ready". */
  private static final int ON_READY_THRESHOLD = 2 * 1024 * 1024;

  private static final int FLOW_CONTROL_WINDOW = 4 * 1024 * 1024;
  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private final FlightServer server;
  private final boolean tls;
  private final String host;
  private final FlightParts parts;
  private final ThreadPoolExecutor calls;

  private FlightSqlServer(
      FlightServer server, NetworkConfig network, FlightParts parts, ThreadPoolExecutor calls) {
    this.server = server;
    this.tls = network.tls().isPresent();
    this.host = network.host();
    this.parts = parts;
    this.calls = calls;
  }

  /**
   * Starts listening.
   *
   * @throws FlashDuckException ALREADY_RUNNING if the port is in use; IO_ERROR if the certificate
   *     cannot be read
   */
  public static FlightSqlServer open(FlightSettings settings, FlightBackend backend) {
    FlightParts parts = FlightParts.build(settings, backend);
    ThreadPoolExecutor calls =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            60,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Threads.numbered("flashduck-flight"));
    try {
      FlightServer server =
          builder(settings, backend, parts, calls).executor(calls).build().start();
      FlightSqlServer opened = new FlightSqlServer(server, settings.network(), parts, calls);
      log.info("Flight SQL on {}", opened.uri());
      return opened;
    } catch (IOException | RuntimeException e) {
      parts.close();
      calls.shutdownNow();
      throw cannotListen(settings.network(), e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /** The address for clients on this machine, such as {@code grpc+tcp://127.0.0.1:31337}. */
  public String uri() {
    return (tls ? "grpc+tls://" : "grpc+tcp://") + host + ":" + port();
  }

  /** The statements whose results are being sent. */
  public List<ActiveQuery> activeQueries() {
    return parts.streamer().activeQueries();
  }

  /** How many sessions have state. */
  public int sessions() {
    return parts.sessions().count();
  }

  /** How many transactions are open. */
  public int transactions() {
    return parts.sessions().transactions().count();
  }

  /** How many queries run or wait because somebody polls for them. */
  public int polledQueries() {
    return parts.started().count();
  }

  /** Cancels an active query; false if there is none of that id. */
  public boolean cancel(String queryId) {
    boolean active = activeQueries().stream().anyMatch(query -> query.id().equals(queryId));
    return active
        && parts
            .streamer()
            .cancel(
                queryId,
                new FlashDuckException(
                    ErrorCode.CANCELLED, "The query was cancelled by an administrator"));
  }

  /** Ends every stream, stops listening, and frees everything. */
  @Override
  public void close() {
    parts.streamer().close();
    parts.started().close();
    server.shutdown();
    try {
      if (!server.awaitTermination(5, TimeUnit.SECONDS)) {
        log.info("Calls are still running; ending them");
      }
      server.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    calls.shutdownNow();
    parts.close();
  }

  private static FlightServer.Builder builder(
      FlightSettings settings, FlightBackend backend, FlightParts parts, ThreadPoolExecutor calls)
      throws IOException {
    NetworkConfig network = settings.network();
    Location location =
        network.tls().isPresent()
            ? Location.forGrpcTls(network.host(), network.port())
            : Location.forGrpcInsecure(network.host(), network.port());
    Connections connections = new Connections();
    CallAdmission admission = new CallAdmission(settings.bounds().maxCalls());
    Consumer<NettyServerBuilder> netty =
        builder ->
            builder
                .withChildOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_BUFFER)
                .withChildOption(ChannelOption.TCP_NODELAY, true)
                .flowControlWindow(FLOW_CONTROL_WINDOW)
                .keepAliveTime(60, TimeUnit.SECONDS)
                .keepAliveTimeout(20, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addTransportFilter(connections)
                .intercept(connections)
                .intercept(admission)
                // A service of the same name takes the place of the one that Arrow added.
                .addService(service(parts, calls));
    FlightServer.Builder builder =
        FlightServer.builder(parts.allocator(), location, parts.dispatcher())
            .middleware(
                CallMiddleware.KEY,
                new CallMiddleware.Factory(backend.authenticator(), parts.sessions()::wasClosed))
            .maxInboundMessageSize(settings.bounds().maxMessageBytes())
            .setMaxHeaderListSize(MAX_HEADER_BYTES)
            .transportHint("grpc.builderConsumer", netty);
    if (network.tls().isPresent()) {
      TlsFiles files = network.tls().get();
      builder.useTls(files.certificate().toFile(), files.key().toFile());
    }
    return builder;
  }

  @SuppressWarnings("deprecation") // Arrow's service wants an authentication handler all the same
  private static ServerServiceDefinition service(FlightParts parts, ThreadPoolExecutor calls) {
    ServerServiceDefinition arrows =
        FlightGrpcUtils.createFlightService(
                parts.allocator(), parts.dispatcher(), ServerAuthHandler.NO_OP, calls)
            .bindService();
    return ServerInterceptors.intercept(
        DamagedRequests.refused(ResultService.replace(arrows, parts.dispatcher())),
        new ServerBackpressureThresholdInterceptor(ON_READY_THRESHOLD),
        new ServerAuthInterceptor(ServerAuthHandler.NO_OP));
  }

  private static FlashDuckException cannotListen(NetworkConfig network, Exception cause) {
    boolean inUse = inUse(cause);
    return new FlashDuckException(
        inUse ? ErrorCode.ALREADY_RUNNING : ErrorCode.IO_ERROR,
        "Cannot serve Flight SQL on "
            + network.host()
            + ":"
            + network.port()
            + ": "
            + (inUse
                ? "the port is in use; choose another with --port (network.port)"
                : cause.getMessage() + "; check the host and the certificate"),
        cause);
  }

  private static boolean inUse(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      // Netty's native transport has an exception of its own.
      if (at instanceof BindException
          || String.valueOf(at.getMessage()).contains("Address already in use")) {
        return true;
      }
    }
    return false;
  }
}
