package io.flashduck.server.cli;

import io.flashduck.server.cli.output.DisplayText;

/**
 * Shows the steps of a start on standard error: on one line that is overwritten where a person
 * watches, else not at all, because the log says the same.
 *
 * <p>Threading: thread-safe.
 */
final class ForegroundProgress implements StartProgress {
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final CliContext context;
  private boolean shown;
  private boolean done;

  ForegroundProgress(CliContext context) {
    this.context = context;
  }

  @Override
  public synchronized void step(String description) {
    if (done || !context.terminals().output()) {
      return;
    }
    int width = context.terminals().width() > 1 ? context.terminals().width() - 1 : 79;
    context.err().print(CLEAR_LINE + DisplayText.cut(DisplayText.visible(description), width));
    context.err().flush();
    shown = true;
  }

  /** Removes the line; later steps are not shown. */
  synchronized void done() {
    if (shown && !done) {
      context.err().print(CLEAR_LINE);
      context.err().flush();
    }
    done = true;
  }
}
