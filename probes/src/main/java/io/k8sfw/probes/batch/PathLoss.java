package io.k8sfw.probes.batch;

import io.k8sfw.probes.pacing.Attempts;
import io.k8sfw.probes.pacing.Loss;
import java.util.Optional;

/// What is lost on the way to one address, and so how many packets have to stay unanswered before
/// that is a silence.
///
/// Its own canaries tell where they are enough, or where they show something that those of its
/// neighbours do not explain; if not, those of the whole neighbourhood. Ports that answered after
/// several silences tell where no canary explains what they lost.
///
/// One thread only.
final class PathLoss {
  /// Canaries that make the bound of the loss good enough for three attempts: 0 lost of 93 bounds
  /// it by 3.2 %, and 0.032^4 is about one in a million.
  static final int SAMPLE = 100;

  /// Canaries that tell a loss of one half from one that is too high.
  private static final int MOST_SAMPLED = 600;

  /// If a fifth were lost, so many canaries would all be answered once in a hundred times.
  private static final int FEW = 20;

  /// The chance at which canaries do not explain what ports lost.
  private static final double UNUSUAL = 1e-3;

  /// Packets where nobody can say what is lost: right up to a loss of 10 %.
  private static final int UNKNOWN_LOSS = 6;

  /// A bracket that fails although the path only loses packets: less than this.
  private static final double BAD_LUCK = 0.05;

  private static final int FEWEST_TRIES = 2;
  private static final int MOST_TRIES = 6;

  /// More is not reckoned with: no number of tries helps there.
  private static final double MOST_LOST = 0.7;

  private final Loss own;
  private final Neighbourhood neighbours;

  /// Attempts on ports that answered in the end.
  private final Loss ofPorts = new Loss();

  private Loss sampled = new Loss();
  private long sampledAt;
  private int packets = UNKNOWN_LOSS;
  private long leastPatience;

  /// @param own what canaries of the address lost: a live view, which begins anew now and then
  PathLoss(Loss own, Neighbourhood neighbours) {
    this.own = own;
    this.neighbours = neighbours;
  }

  /// What canaries of this address lost, but for what our own rate made them lose.
  Loss own() {
    return own;
  }

  /// A port answered after so many silent attempts on a way that was open: had it not, its silence
  /// would have been taken for blocked. The first says nothing: its wait is shorter than those of
  /// others.
  void answeredAfter(int silent) {
    if (silent > 0) {
      for (int i = 1; i < silent; i++) {
        ofPorts.count(false);
      }
      ofPorts.count(true);
      sampledAt = Math.min(sampledAt, neighbours.asked() - sampled.asked() / 16 - 1);
    }
  }

  /// What ports lost so far, our own rate made them lose.
  void forgetPorts() {
    ofPorts.clear();
  }

  /// The canaries, or ports, that tell; not to be changed.
  Loss sample() {
    // Asked for at every attempt: worked out anew when a sixteenth of it is new.
    if (neighbours.asked() - sampledAt > sampled.asked() / 16) {
      resample();
    }
    return sampled;
  }

  private void resample() {
    sampledAt = neighbours.asked();
    Loss chosen = chosen();
    boolean ofNeighbours = chosen != own && chosen != ofPorts;
    leastPatience = ofNeighbours && chosen.lost() > 0 ? neighbours.patienceNanos() : 0;
    sampled = new Loss();
    sampled.add(chosen);
    packets =
        sampled.asked() == 0
            ? UNKNOWN_LOSS
            : Math.min(Attempts.MOST_PACKETS, Attempts.packets(sampled.upperBound()));
  }

  private Loss chosen() {
    Loss canaries = ofCanaries();
    boolean explained =
        canaries.asked() == 0
            || ofPorts.lost() == 0
            || canaries.chance(ofPorts.asked(), ofPorts.lost()) > UNUSUAL;
    return explained ? canaries : ofPorts;
  }

  private Loss ofCanaries() {
    if (own.asked() >= SAMPLE && !Attempts.tooHigh(own.upperBound())) {
      return own;
    }
    // Too few of its own may make of one half that is lost what may be too much.
    Loss all = neighbours.loss();
    return own.asked() > 0 && !all.explains(own.asked(), own.lost()) ? own : all;
  }

  /// How long ports have to be waited for, so that what is known of the loss holds of them: as long
  /// as the canaries of neighbours that tell of it, some of which may be farther away.
  long leastPatienceNanos() {
    sample();
    return leastPatience;
  }

  /// Whether so many were asked that more would hardly make a silence cheaper.
  boolean isSampled() {
    return sample().asked() >= SAMPLE;
  }

  /// Canaries that are still to be asked, so that the loss is known well enough; none where that is
  /// not positive.
  int missing() {
    return (isTooHighForNow() ? MOST_SAMPLED : SAMPLE) - sample().asked();
  }

  /// What was seen of the loss is not too much, and what it may be is, since so few were asked.
  private boolean isTooHighForNow() {
    Loss sample = sample();
    return sample.asked() < MOST_SAMPLED
        && Attempts.tooHigh(sample.upperBound())
        && !Attempts.tooHigh((double) sample.lost() / Math.max(1, sample.asked()));
  }

  /// Tries of a bracket, 2..6: so many that a path that only loses packets hardly ever fails it.
  int tries() {
    Loss sample = sample();
    if (sample.lost() == 0) {
      return FEWEST_TRIES;
    }
    double loss = Math.min(MOST_LOST, (double) sample.lost() / sample.asked());
    long tries = (long) Math.ceil(Math.log(BAD_LUCK) / Math.log(loss));
    return Math.clamp(tries, FEWEST_TRIES, MOST_TRIES);
  }

  /// The most that is lost on the way, 0..1; 1 where nobody knows.
  double upperBound() {
    return sample().upperBound();
  }

  /// Whether nobody could say so far what is lost on the way.
  boolean isUnsounded() {
    return sample().asked() == 0;
  }

  /// Whether no canary of quite a few stayed silent: then what a path loses cannot depend much on
  /// source ports, of which each canary had one of its own.
  boolean lostNothing() {
    return sample().lost() == 0 && sample().asked() >= FEW;
  }

  /// Silent packets that make a silence, 4..24.
  int packets() {
    sample();
    return packets;
  }

  /// Why no silence of this address can be believed, however often it is asked.
  Optional<String> tooLossy() {
    resample();
    return losesTooMuch()
        ? Optional.of(
            "the path loses too much to tell silence from loss: "
                + sampled.lost()
                + " of "
                + sampled.asked()
                + " canaries did not answer")
        : Optional.empty();
  }

  /// Whether silence could not be believed if this were the end.
  boolean losesTooMuch() {
    Loss sample = sample();
    return sample.lost() > 0 && Attempts.tooHigh(sample.upperBound());
  }

  /// Whether loss on the way explains that `silent` of `attempts` were silent; it explains anything
  /// where nobody knows it.
  boolean explains(int attempts, int silent) {
    return sample().explains(attempts, silent);
  }
}
