package io.flashduck.server.table;

import io.flashduck.server.consolidate.ExportFiles;
import io.flashduck.server.consolidate.SystemFiles;
import io.flashduck.server.queue.ChannelFileLayer;
import io.flashduck.server.queue.FileLayer;
import io.flashduck.server.queue.FileLayer.OpenFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.concurrent.locks.LockSupport;

/**
 * The surroundings of a server that is to be killed at one step: the thread that comes there says
 * so and stays there for ever, while all others go on until the signal comes.
 *
 * <p>A step is named after what it is part of and the operation: {@code queue.force}, {@code
 * export.replace}, {@code fold.rename}, {@code lane.COMMITTED}, {@code ack.received}.
 */
final class KillPoints {
  /** Where in a step. */
  enum Moment {
    BEFORE,
    /** With half of the bytes written. */
    HALF,
    AFTER
  }

  private interface Operation {
    Object run() throws InvocationTargetException, IllegalAccessException;
  }

  private final String target;
  private final Moment moment;
  private final Runnable reached;
  private int left;
  private boolean armed;

  /**
   * @param target the step, or something else for none
   * @param count which of the steps of that name, from 1
   */
  KillPoints(String target, Moment moment, int count, Runnable reached) {
    this.target = target;
    this.moment = moment;
    this.left = count;
    this.reached = reached;
  }

  /** From now on steps are counted. */
  synchronized void arm() {
    armed = true;
  }

  Surroundings surroundings() {
    return new Surroundings(
        Clock.systemUTC(),
        around(FileLayer.class, new ChannelFileLayer(), ""),
        around(ExportFiles.class, new SystemFiles(), "export"),
        step -> step("lane." + step.name()));
  }

  /** A step that has no parts. */
  void step(String name) {
    if (due(name)) {
      stay();
    }
  }

  private synchronized boolean due(String name) {
    return armed && name.equals(target) && --left == 0;
  }

  private void stay() {
    reached.run();
    while (true) {
      LockSupport.park(this);
    }
  }

  /** A layer whose operations are steps; of the queue's layer, its files' as well. */
  private <T> T around(Class<T> type, T real, String part) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object[] given = arguments == null ? new Object[0] : arguments;
              String owner = part.isEmpty() ? partOf(given) : part;
              try {
                Object result = operation(owner, method, given, () -> method.invoke(real, given));
                return result instanceof OpenFile file
                    ? around(OpenFile.class, file, owner)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }

  private static String partOf(Object[] arguments) {
    return arguments[0].toString().contains("/.flashduck/changes") ? "fold" : "queue";
  }

  private Object operation(String part, Method method, Object[] arguments, Operation real)
      throws InvocationTargetException, IllegalAccessException {
    boolean due = due(part + "." + method.getName());
    if (due && moment == Moment.HALF) {
      halve(arguments);
    } else if (due && moment == Moment.BEFORE) {
      stay();
    }
    Object result = real.run();
    if (due) {
      stay();
    }
    return result;
  }

  private static void halve(Object[] arguments) {
    for (Object argument : arguments) {
      if (argument instanceof ByteBuffer bytes) {
        bytes.limit(bytes.position() + bytes.remaining() / 2);
      }
    }
  }
}
