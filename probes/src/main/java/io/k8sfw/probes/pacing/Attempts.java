package io.k8sfw.probes.pacing;

/// How much silence makes "blocked".
public final class Attempts {
  /// How likely one open port may be called blocked since everything sent to it was lost: one in a
  /// million, so that a whole audit (20 nodes of 2,768 ports) is wrong once in 18.
  private static final double ERROR = 1e-6;

  /// Three attempts, the last of which waits for the kernel's repetition of its SYN too, even where
  /// no loss was seen: short outages are no loss that canaries could count.
  private static final int FEWEST_PACKETS = 4;

  /// Where [#packets] would be more than 24. Twice as many attempts would get no further than to a
  /// loss of 0.75, and a path that loses more than half tells nothing in time.
  private static final double TOO_HIGH = 0.56;

  /// The most packets that are sent to a port that stays silent.
  public static final int MOST_PACKETS = 24;

  private Attempts() {}

  /// How many packets have to stay unanswered, so that loss explains it with a chance of 1e-6 at
  /// most: the least n with loss^n <= 1e-6, at least 4. [Integer#MAX_VALUE] where none are enough.
  ///
  /// @param loss the share of round trips that are lost, 0..1; an upper bound, not an average
  public static int packets(double loss) {
    if (!(loss >= 0 && loss <= 1)) {
      throw new IllegalArgumentException("loss is 0 to 1: " + loss);
    }
    if (loss == 1) {
      return Integer.MAX_VALUE;
    }
    // The logarithms' last bit must not make 7 out of 6 for a loss of 0.1.
    double packets = Math.ceil(Math.log(ERROR) / Math.log(loss) - 1e-9);
    return Math.max(FEWEST_PACKETS, (int) packets);
  }

  /// Whether so much is lost that silence tells nothing: above 0.56, where it took more than 24
  /// packets.
  public static boolean tooHigh(double loss) {
    return !(loss <= TOO_HIGH);
  }
}
