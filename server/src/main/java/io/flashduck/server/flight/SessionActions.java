package io.flashduck.server.flight;

import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.FlashDuckException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flight.CloseSessionResult;
import org.apache.arrow.flight.GetSessionOptionsResult;
import org.apache.arrow.flight.NoOpSessionOptionValueVisitor;
import org.apache.arrow.flight.SessionOptionValue;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.SetSessionOptionsResult.Error;
import org.apache.arrow.flight.SetSessionOptionsResult.ErrorValue;
import org.jspecify.annotations.Nullable;

/**
 * Session options {@code catalog}, {@code schema} and {@code types}, and the end of a session.
 *
 * <p>Threading: thread-safe.
 */
final class SessionActions {
  private static final String CATALOG = "catalog";
  private static final String SCHEMA = "schema";
  private static final String TYPES = "types";

  private final Sessions sessions;

  SessionActions(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Sets what can be set and reports the rest per option, as the specification asks. */
  SetSessionOptionsResult set(Call call, Map<String, SessionOptionValue> options) {
    Map<String, Error> errors = new LinkedHashMap<>();
    options.forEach(
        (name, value) -> error(call, name, value).ifPresent(e -> errors.put(name, new Error(e))));
    return new SetSessionOptionsResult(errors);
  }

  GetSessionOptionsResult get(Call call) {
    Map<String, SessionOptionValue> options = new LinkedHashMap<>();
    options.put(CATALOG, SessionOptionValueFactory.makeSessionOptionValue(Catalogs.NAME));
    options.put(
        SCHEMA,
        SessionOptionValueFactory.makeSessionOptionValue(sessions.currentSchema(call.session())));
    options.put(
        TYPES, SessionOptionValueFactory.makeSessionOptionValue(sessions.types(call).text()));
    return new GetSessionOptionsResult(options);
  }

  /** Frees the session; its cookie proves nothing any more. */
  CloseSessionResult close(Call call) {
    sessions.close(call.session());
    call.forgetCookie();
    return new CloseSessionResult(CloseSessionResult.Status.CLOSED);
  }

  private Optional<ErrorValue> error(Call call, String name, SessionOptionValue value) {
    String text = value.acceptVisitor(new AsText());
    if (text == null) {
      return Optional.of(ErrorValue.INVALID_VALUE);
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case CATALOG ->
          text.isEmpty() || text.equalsIgnoreCase(Catalogs.NAME)
              ? Optional.empty()
              : Optional.of(ErrorValue.INVALID_VALUE);
      case SCHEMA -> valid(() -> sessions.setSchema(call, text));
      case TYPES ->
          valid(
              () ->
                  sessions.setTypes(
                      call,
                      text.isEmpty()
                          ? Optional.empty()
                          : Optional.of(TypeMode.named(text, "The session option types"))));
      default -> Optional.of(ErrorValue.INVALID_NAME);
    };
  }

  private static Optional<ErrorValue> valid(Runnable setting) {
    try {
      setting.run();
      return Optional.empty();
    } catch (FlashDuckException e) {
      return Optional.of(ErrorValue.INVALID_VALUE);
    }
  }

  /** A text, or the empty text for the value that unsets an option; null for other types. */
  private static final class AsText extends NoOpSessionOptionValueVisitor<@Nullable String> {
    @Override
    public String visit(String value) {
      return value;
    }

    @Override
    public String visit(Void ignored) {
      return "";
    }
  }
}
