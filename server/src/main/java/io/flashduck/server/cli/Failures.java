package io.flashduck.server.cli;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.flight.FlightRuntimeException;
import org.jline.utils.Levenshtein;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns what a command throws into a message of a line or two and an exit code; the stack trace is
 * printed with {@code --debug} only.
 *
 * <p>Threading: immutable.
 */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, @Nullable ParseResult arguments) {
    if (failure instanceof ParameterException wrongUse) {
      return handleParseException(wrongUse, new String[0]);
    }
    return report(failure, command, arguments != null && debug(arguments));
  }

  /** Prints what failed and returns the exit code. */
  static int report(Throwable failure, CommandLine command, boolean withTrace) {
    CommandFailure told = describe(failure);
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + told.getMessage());
    if (withTrace) {
      failure.printStackTrace(err);
    } else if (unexpected(failure)) {
      err.println("Run it again with --debug for the stack trace; it helps in a bug report.");
    }
    err.flush();
    return told.exitCode();
  }

  @Override
  public int handleParseException(ParameterException wrongUse, String[] arguments) {
    CommandLine command = wrongUse.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + text(wrongUse));
    if (wrongUse instanceof UnmatchedArgumentException unmatched) {
      nearest(unmatched.getUnmatched().get(0), command.getCommandSpec())
          .ifPresent(known -> err.println("Did you mean " + known + "?"));
    }
    err.println("See '" + name + " --help'.");
    err.flush();
    return ExitCodes.USAGE;
  }

  /** What to tell and which exit code; also used by the shell, which goes on after a failure. */
  static CommandFailure describe(Throwable failure) {
    if (failure instanceof CommandFailure told) {
      return told;
    }
    if (failure instanceof FlashDuckException known) {
      return new CommandFailure(ExitCodes.of(known.code()), text(known), known);
    }
    if (failure instanceof FlightRuntimeException remote) {
      return RemoteErrors.describe(remote);
    }
    if (failure instanceof InterruptedException) {
      return new CommandFailure(ExitCodes.INTERRUPTED, "Interrupted", failure);
    }
    if (failure instanceof IOException io) {
      return new CommandFailure(ExitCodes.FAILED, ioText(io), io);
    }
    return new CommandFailure(ExitCodes.FAILED, "Unexpected failure: " + failure, failure);
  }

  private static boolean unexpected(Throwable failure) {
    return !(failure instanceof CommandFailure
        || failure instanceof FlashDuckException
        || failure instanceof FlightRuntimeException
        || failure instanceof InterruptedException
        || failure instanceof IOException);
  }

  private static String text(ParameterException wrongUse) {
    if (wrongUse instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      String what = first.startsWith("-") ? "option" : "argument or command";
      return "There is no " + what + " '" + first + "'.";
    }
    return String.valueOf(wrongUse.getMessage());
  }

  /** The option or command whose name differs least, if that is little. */
  private static Optional<String> nearest(String wrong, CommandSpec spec) {
    return Stream.concat(spec.optionsMap().keySet().stream(), spec.subcommands().keySet().stream())
        .filter(known -> known.length() > 2 && Levenshtein.distance(known, wrong) <= 2)
        .min(Comparator.comparingInt(known -> Levenshtein.distance(known, wrong)));
  }

  private static String ioText(IOException failure) {
    String message = failure.getMessage();
    if ("Broken pipe".equals(message)) {
      return "The reader of the output went away";
    }
    return "Cannot read or write: " + failure;
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }

  private static boolean debug(ParseResult arguments) {
    ParseResult at = arguments;
    while (true) {
      if (at.matchedOptionValue("--debug", false)) {
        return true;
      }
      if (!at.hasSubcommand()) {
        return false;
      }
      at = at.subcommand();
    }
  }
}
