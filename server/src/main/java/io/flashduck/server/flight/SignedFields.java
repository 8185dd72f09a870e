package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.access.Signer;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * The form that tickets and prepared handles share: a format number, when it ends, whose it is,
 * then fields in a fixed order; all of it signed.
 *
 * <p>Threading: a writer or reader is confined to one thread.
 */
final class SignedFields {
  private static final int FORMAT = 1;

  private SignedFields() {}

  /** Writes fields in order. */
  static final class Writer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /**
     * Begins with what every one has.
     *
     * @param owner the name of the user that it belongs to
     */
    Writer(Instant expires, String owner) {
      number(FORMAT).number(expires.getEpochSecond()).text(owner);
    }

    Writer number(long value) {
      try {
        out.writeLong(value);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e); // a byte array does not fail
      }
    }

    Writer bytes(byte[] value) {
      try {
        out.writeInt(value.length);
        out.write(value);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Writer text(String value) {
      return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    Writer optionalBytes(Optional<ByteString> value) {
      number(value.isPresent() ? 1 : 0);
      value.ifPresent(present -> bytes(present.toByteArray()));
      return this;
    }

    byte[] sign(Signer signer) {
      return signer.sign(bytes.toByteArray());
    }
  }

  /** Reads what a {@link Writer} wrote, after checking signature, time and owner. */
  static final class Reader {
    private final DataInputStream in;

    private Reader(byte[] payload) {
      in = new DataInputStream(new ByteArrayInputStream(payload));
    }

    /**
     * Checks and opens.
     *
     * @param what "ticket" or "prepared statement", for messages
     * @param caller the name of the user who sent it
     * @throws FlashDuckException INVALID_REQUEST if it was altered; NOT_FOUND if it is out of date;
     *     PERMISSION_DENIED if it is somebody else's
     */
    static Reader open(byte[] signed, Signer signer, Clock clock, String what, String caller) {
      Reader reader =
          new Reader(
              signer
                  .open(signed)
                  .orElseThrow(
                      () ->
                          FlightErrors.invalid(
                              "This is not a " + what + " of this server, or it was altered")));
      if (reader.number() != FORMAT) {
        throw FlightErrors.invalid("This " + what + " is of another version of FlashDuck");
      }
      if (reader.number() < clock.instant().getEpochSecond()) {
        throw new FlashDuckException(
            ErrorCode.NOT_FOUND, "This " + what + " is out of date; make a new one");
      }
      if (!reader.text().equals(caller)) {
        throw new FlashDuckException(
            ErrorCode.PERMISSION_DENIED, "This " + what + " belongs to another user");
      }
      return reader;
    }

    long number() {
      try {
        return in.readLong();
      } catch (IOException e) {
        throw new UncheckedIOException(e); // signed by us, so it is complete
      }
    }

    byte[] bytes() {
      try {
        return in.readNBytes(in.readInt());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    Optional<ByteString> optionalBytes() {
      return number() == 1 ? Optional.of(ByteString.copyFrom(bytes())) : Optional.empty();
    }
  }
}
