package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.ExitCodes;
import java.util.List;

/**
 * What one step found.
 *
 * <p>Threading: immutable.
 *
 * @param mark how it went
 * @param subject the step, a word or two
 * @param told what was found
 * @param advice what to do, one entry per line; empty if nothing has to be done
 * @param exitCode what the command exits with because of it, {@link ExitCodes#OK} unless wrong
 */
public record Finding(Mark mark, String subject, String told, List<String> advice, int exitCode) {
  /** How a step went. */
  public enum Mark {
    /** As it should be. */
    OK,
    /** It works, but somebody may stumble over it. */
    NOTE,
    /** It cannot work like this. */
    WRONG,
    /** It could not be tried. */
    SKIPPED
  }

  public Finding {
    advice = List.copyOf(advice);
  }

  static Finding ok(String subject, String told) {
    return new Finding(Mark.OK, subject, told, List.of(), ExitCodes.OK);
  }

  static Finding note(String subject, String told, String... advice) {
    return new Finding(Mark.NOTE, subject, told, List.of(advice), ExitCodes.OK);
  }

  static Finding skipped(String subject, String told, String... advice) {
    return new Finding(Mark.SKIPPED, subject, told, List.of(advice), ExitCodes.OK);
  }

  static Finding unreachable(String subject, String told, String... advice) {
    return new Finding(Mark.WRONG, subject, told, List.of(advice), ExitCodes.NO_CONNECTION);
  }

  static Finding refused(String subject, String told, String... advice) {
    return new Finding(Mark.WRONG, subject, told, List.of(advice), ExitCodes.REFUSED);
  }

  static Finding failed(String subject, String told, String... advice) {
    return new Finding(Mark.WRONG, subject, told, List.of(advice), ExitCodes.FAILED);
  }

  /** Whether it must be put right before clients can connect. */
  public boolean wrong() {
    return mark == Mark.WRONG;
  }
}
