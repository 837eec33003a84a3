package io.k8sfw.probes.pacing;

import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.HypergeometricDistribution;

/// The statistics of [RateGuard].
final class RateTest {
  private static final int STEPS = 128;

  /// What passes at most, by the alternative: so that a single loss refutes nothing.
  private static final double NEARLY_ALL = 0.99;

  /// By how much of the way from the least to the most that the alternative allows.
  private static final double[] BETWEEN = {0, 0.25, 0.5, 0.75, 1};

  /// The pass fractions that are tried, with the same weight each: Jeffreys' prior, Beta(1/2, 1/2),
  /// is uniform in the arc sine of the root.
  private static final double[] PASS = new double[STEPS];

  static {
    for (int i = 0; i < STEPS; i++) {
      double sine = Math.sin(Math.PI / 2 * (i + 0.5) / STEPS);
      PASS[i] = sine * sine;
    }
  }

  private RateTest() {}

  /// The logarithm of how much likelier the canaries are if the faster rate makes the loss than if
  /// the rate does not matter: Wald's sequential likelihood ratio ("Sequential Tests of Statistical
  /// Hypotheses", Annals of Mathematical Statistics 16, 1945), with the pass fraction p at the
  /// faster rate integrated out, since it was only seen in a few canaries.
  ///
  /// Where the rate does not matter, p passes at the slower one too. A limiter lets a fixed number
  /// a second through, so that up to `ratio` times p passes, of what other loss leaves over. Its
  /// effect has to be worth the while: p doubled, or the loss halved.
  ///
  /// @param ratio of the faster rate to the slower, above 1
  static double logOdds(CanaryRecord faster, CanaryRecord slower, double ratio) {
    double rateMade = 0;
    double steady = 0;
    double best = Double.NEGATIVE_INFINITY;
    double[] logs = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      logs[i] = logLikelihood(faster, PASS[i]) + logLikelihood(slower, best(slower));
      best = Math.max(best, logs[i]);
    }
    for (int i = 0; i < STEPS; i++) {
      double weight = Math.exp(logs[i] - best);
      steady += weight * relative(slower, PASS[i]);
      double least = Math.min(2 * PASS[i], (1 + PASS[i]) / 2);
      double most = Math.max(least, Math.min(NEARLY_ALL, ratio * PASS[i]));
      for (double part : BETWEEN) {
        rateMade += weight * relative(slower, least + part * (most - least)) / BETWEEN.length;
      }
    }
    // Both vanish only where everything contradicts everything.
    return Math.log(Math.max(Double.MIN_NORMAL, rateMade))
        - Math.log(Math.max(Double.MIN_NORMAL, steady));
  }

  private static double relative(CanaryRecord record, double pass) {
    return Math.exp(logLikelihood(record, pass) - logLikelihood(record, best(record)));
  }

  private static double best(CanaryRecord record) {
    return Math.clamp(1 - record.share(), PASS[0], PASS[STEPS - 1]);
  }

  private static double logLikelihood(CanaryRecord record, double pass) {
    double lost = record.lostEvidence();
    return (record.evidence() - lost) * Math.log(pass) + lost * Math.log1p(-pass);
  }

  /// What share passes, guarded against 0 and 1 by half a canary more of each.
  static double pass(CanaryRecord record) {
    return (record.evidence() - record.lostEvidence() + 0.5) / (record.evidence() + 1);
  }

  /// What [#logOdds] could come to at most, were everything to go as behind a limiter.
  static double attainable(CanaryRecord faster, double ratio) {
    double pass = pass(faster);
    double most = Math.max((1 + pass) / 2, NEARLY_ALL);
    double then = Math.min(most, ratio * pass);
    return faster.evidence()
        * (pass * Math.log(pass / then) + (1 - pass) * Math.log((1 - pass) / (1 - then)));
  }

  /// Whether more than `share` is lost, with 95 % confidence (Clopper-Pearson).
  static boolean losesMoreThan(double share, CanaryRecord record) {
    double lost = record.lostEvidence();
    return lost > 0
        && BetaDistribution.of(lost, record.evidence() - lost + 1).cumulativeProbability(share)
            < 0.05;
  }

  /// The chance that so many losses fall into `recent` by accident, when they are those of both:
  /// Fisher's exact test, one-sided.
  static double chance(CanaryRecord before, CanaryRecord recent) {
    if (before.asked() == 0 || recent.asked() == 0) {
      return 1;
    }
    int asked = (int) recent.evidence();
    int lost = (int) recent.lostEvidence();
    int askedBefore = (int) before.evidence();
    int lostBefore = (int) before.lostEvidence();
    return HypergeometricDistribution.of(asked + askedBefore, lost + lostBefore, asked)
        .survivalProbability(lost - 1);
  }
}
