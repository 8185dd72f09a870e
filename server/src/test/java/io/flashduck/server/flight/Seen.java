package io.flashduck.server.flight;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClientMiddleware;

/** Remembers the headers of the last answer. */
final class Seen implements FlightClientMiddleware {
  private volatile Map<String, String> headers = Map.of();

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public void onBeforeSendingHeaders(CallHeaders outgoing) {}

  @Override
  public void onHeadersReceived(CallHeaders incoming) {
    headers =
        incoming.keys().stream()
            .filter(name -> !name.endsWith("-bin"))
            .collect(Collectors.toMap(name -> name, incoming::get));
  }

  @Override
  public void onCallCompleted(CallStatus status) {}
}
