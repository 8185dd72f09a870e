package io.flashduck.server.flight;

import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ProducerPosition;
import io.flashduck.server.table.WriteOptions;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.flight.CallHeaders;

/**
 * What a caller asks for in {@code x-flashduck-} headers, on any call. The types of results may
 * also stand in {@code types}, because JDBC's driver sends unknown properties of its URL as
 * headers.
 *
 * <p>Threading: immutable.
 *
 * @param ack when a write is answered; empty for the default of the kind of write
 * @param producer the sender's id and its number of the first change of this call
 * @param minSequence the write that must be visible before the call looks at anything
 * @param types of results, if the session has set none
 */
record RequestHeaders(
    Optional<AckLevel> ack,
    Optional<ProducerPosition> producer,
    OptionalLong minSequence,
    Optional<TypeMode> types) {
  static final String ACK = "x-flashduck-ack";
  static final String PRODUCER = "x-flashduck-producer";
  static final String PRODUCER_SEQUENCE = "x-flashduck-producer-sequence";
  static final String MIN_SEQUENCE = "x-flashduck-min-sequence";
  static final String TYPES = "x-flashduck-types";

  /** The property {@code types} of a JDBC URL. */
  static final String TYPES_PROPERTY = "types";

  /** No wishes. */
  static final RequestHeaders NONE =
      new RequestHeaders(
          Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty());

  /** Reads the headers; INVALID_REQUEST names the one that is wrong. */
  static RequestHeaders parse(CallHeaders headers) {
    return new RequestHeaders(
        text(headers, ACK).map(RequestHeaders::ackLevel),
        producer(headers),
        minSequence(headers),
        types(headers));
  }

  private static Optional<TypeMode> types(CallHeaders headers) {
    return text(headers, TYPES)
        .map(text -> TypeMode.named(text, "The header " + TYPES))
        .or(
            () ->
                text(headers, TYPES_PROPERTY)
                    .map(text -> TypeMode.named(text, "The connection property types")));
  }

  /** How to submit change number {@code index} of this call, counted from 0. */
  WriteOptions writeOptions(AckLevel defaultAck, long index) {
    return new WriteOptions(
        ack.orElse(defaultAck),
        producer.map(first -> new ProducerPosition(first.producer(), first.sequence() + index)));
  }

  private static Optional<ProducerPosition> producer(CallHeaders headers) {
    Optional<String> id = text(headers, PRODUCER);
    Optional<String> sequence = text(headers, PRODUCER_SEQUENCE);
    if (id.isPresent() != sequence.isPresent()) {
      throw FlightErrors.invalid(
          "Send the headers " + PRODUCER + " and " + PRODUCER_SEQUENCE + " together or not at all");
    }
    return id.map(
        name -> new ProducerPosition(name, number(PRODUCER_SEQUENCE, sequence.orElseThrow())));
  }

  private static OptionalLong minSequence(CallHeaders headers) {
    Optional<String> text = text(headers, MIN_SEQUENCE);
    return text.isPresent()
        ? OptionalLong.of(number(MIN_SEQUENCE, text.get()))
        : OptionalLong.empty();
  }

  private static Optional<String> text(CallHeaders headers, String name) {
    return headers.containsKey(name) ? Optional.ofNullable(headers.get(name)) : Optional.empty();
  }

  private static AckLevel ackLevel(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "durable" -> AckLevel.DURABLE;
      case "applied" -> AckLevel.APPLIED;
      case "exported" -> AckLevel.EXPORTED;
      default ->
          throw FlightErrors.invalid(
              "The header " + ACK + " is durable, applied or exported, got '" + text + "'");
    };
  }

  private static long number(String header, String text) {
    try {
      long value = Long.parseLong(text.strip());
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw notANumber(header, text);
    }
    throw notANumber(header, text);
  }

  private static RuntimeException notANumber(String header, String text) {
    return FlightErrors.invalid("The header " + header + " is a number from 0, got '" + text + "'");
  }
}
