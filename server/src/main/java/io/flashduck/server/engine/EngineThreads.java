package io.flashduck.server.engine;

/**
 * Threads that run clients' statements in DuckDB.
 *
 * <p>DuckDB recurses once or more per level of a statement: nested queries, chains of joins, WITH
 * and views. It stops at a depth of a thousand ({@code max_expression_depth}), which needs more
 * than the megabyte of stack that Java gives a thread; without it 500 joins, or 800 views over each
 * other, end the process. The stack is only reserved; what is not used costs nothing.
 *
 * <p>Threading: stateless.
 */
public final class EngineThreads {
  /** DuckDB's own limit was reached at 8 MB by every form that was tried. */
  private static final long STACK_BYTES = 16L * 1024 * 1024;

  private EngineThreads() {}

  /** A thread of that name with a stack that is deep enough; not started. */
  public static Thread create(Runnable work, String name) {
    return new Thread(null, work, name, STACK_BYTES);
  }
}
