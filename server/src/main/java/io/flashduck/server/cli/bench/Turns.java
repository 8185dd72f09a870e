package io.flashduck.server.cli.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Lets servers take turns, every other round in the opposite order, so that a slow minute of the
 * machine hits all of them.
 *
 * <p>Threading: immutable.
 *
 * @param warmups rounds that are not counted
 * @param rounds rounds that are
 */
public record Turns(int warmups, int rounds) {
  /** One pass over one server. */
  interface Pass<S, T> {
    T run(S server) throws InterruptedException;
  }

  /** The counted passes, per server. */
  <S, T> List<List<T>> run(List<S> servers, Pass<S, T> pass) throws InterruptedException {
    List<List<T>> passes = new ArrayList<>();
    servers.forEach(server -> passes.add(new ArrayList<>()));
    for (int round = -warmups; round < rounds; round++) {
      for (int turn = 0; turn < servers.size(); turn++) {
        int server = round % 2 == 0 ? turn : servers.size() - 1 - turn;
        T measured = pass.run(servers.get(server));
        if (round >= 0) {
          passes.get(server).add(measured);
        }
      }
    }
    return passes;
  }
}
