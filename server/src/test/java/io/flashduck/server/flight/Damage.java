package io.flashduck.server.flight;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ways to alter signed bytes: flipped bits, cut, extended, parts of another one. */
enum Damage {
  /** One to eight bits. */
  FLIP {
    @Override
    byte[] damaged(byte[] genuine, byte[] other, Random random) {
      byte[] changed = genuine.clone();
      for (int i = random.nextInt(8); i >= 0; i--) {
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      return changed;
    }
  },
  /** Some bytes are missing, anywhere. */
  CUT {
    @Override
    byte[] damaged(byte[] genuine, byte[] other, Random random) {
      int from = random.nextInt(genuine.length);
      int to = from + 1 + random.nextInt(genuine.length - from);
      return joined(Arrays.copyOf(genuine, from), Arrays.copyOfRange(genuine, to, genuine.length));
    }
  },
  /** Some bytes too many, anywhere. */
  EXTEND {
    @Override
    byte[] damaged(byte[] genuine, byte[] other, Random random) {
      int at = random.nextInt(genuine.length + 1);
      byte[] more = new byte[1 + random.nextInt(40)];
      random.nextBytes(more);
      return joined(
          joined(Arrays.copyOf(genuine, at), more),
          Arrays.copyOfRange(genuine, at, genuine.length));
    }
  },
  /** The beginning of one and the end of another one, both genuine. */
  SPLICE {
    @Override
    byte[] damaged(byte[] genuine, byte[] other, Random random) {
      int at = 1 + random.nextInt(Math.min(genuine.length, other.length) - 1);
      return joined(Arrays.copyOf(genuine, at), Arrays.copyOfRange(other, at, other.length));
    }
  };

  static final List<Damage> ALL = List.of(values());

  /** Altered bytes; equal to the genuine or to the other ones only by chance. */
  abstract byte[] damaged(byte[] genuine, byte[] other, Random random);

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
