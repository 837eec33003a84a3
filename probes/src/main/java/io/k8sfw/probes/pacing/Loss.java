package io.k8sfw.probes.pacing;

import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.BinomialDistribution;

/// How many canaries, ports that are known to answer, did not.
///
/// One thread only.
public final class Loss {
  private static final double DOUBT = 0.05;

  /// What is less likely than this, loss does not explain: the error that is allowed for one port.
  private static final double UNBELIEVABLE = 1e-6;

  private int asked;
  private int lost;

  /// NaN as long as it has to be worked out.
  private double upperBound = Double.NaN;

  public Loss() {}

  Loss(int asked, int lost) {
    this.asked = asked;
    this.lost = lost;
  }

  public void count(boolean answered) {
    asked++;
    if (!answered) {
      lost++;
    }
    upperBound = Double.NaN;
  }

  public void add(Loss other) {
    asked += other.asked;
    lost += other.lost;
    upperBound = Double.NaN;
  }

  public void clear() {
    asked = 0;
    lost = 0;
    upperBound = Double.NaN;
  }

  public int asked() {
    return asked;
  }

  public int lost() {
    return lost;
  }

  /// What share is lost at most, with 95 % confidence: the one-sided bound of Clopper and Pearson
  /// (Biometrika 26, 1934), the loss at which so few lost ones have a chance of 5 %. 1.0 when none
  /// was asked.
  public double upperBound() {
    if (Double.isNaN(upperBound)) {
      upperBound = bound();
    }
    return upperBound;
  }

  private double bound() {
    if (lost == asked) {
      return 1;
    }
    if (lost == 0) {
      return -Math.expm1(Math.log(DOUBT) / asked);
    }
    return BetaDistribution.of(lost + 1.0, asked - lost).inverseSurvivalProbability(DOUBT);
  }

  /// Whether loss can be why so many of a port's attempts stayed silent: whether that has a chance
  /// of at least 1e-6 where as much is lost as [#upperBound] allows.
  ///
  /// @param attempts at least 0
  /// @param silent 0..attempts
  public boolean explains(int attempts, int silent) {
    return chance(attempts, silent) >= UNBELIEVABLE;
  }

  /// The chance that so many or more of `attempts` stay silent where as much is lost as
  /// [#upperBound] allows.
  ///
  /// @param attempts at least 0
  /// @param silent 0..attempts
  public double chance(int attempts, int silent) {
    if (silent < 0 || silent > attempts) {
      throw new IllegalArgumentException(silent + " silent of " + attempts + " attempts");
    }
    return BinomialDistribution.of(attempts, upperBound()).survivalProbability(silent - 1);
  }
}
