package io.k8sfw.evaluate;

import java.util.Locale;
import java.util.Optional;

/// What the policy says of what was observed.
public sealed interface Verdict {
  /// As the matrix wants it, and proven.
  record Compliant() implements Verdict {}

  /// Not as the matrix wants it, and proven.
  ///
  /// @param deviation the kind of it, where the path itself is as wanted or is open without a
  ///   service
  record Finding(Kind kind, Optional<Deviation> deviation) implements Verdict {}

  /// No service answers on a port that must not be reachable, but the path to it was not proven
  /// closed.
  record ClosedUnproven() implements Verdict {}

  /// Not proven either way. Never counts as a pass.
  record Unverified() implements Verdict {}

  /// Either outcome would be right, and none was seen. Outside coverage.
  record NotJudged() implements Verdict {}

  /// The three words of the summary, in the order that reports show them.
  enum Kind {
    OVER_EXPOSED,
    MISSING,
    DEVIATES;

    /// `MISSING`, `OVER-EXPOSED`, `DEVIATES`.
    public String label() {
      return name().replace('_', '-');
    }
  }

  /// What exactly is not as it should be.
  enum Deviation {
    /// The path is free and nothing listens.
    SERVICE_DOWN,
    /// Reachable from outside with nothing behind it: the firewall is open all the same.
    OPEN_PATH,
    /// Reachable in some attempts and not in others.
    UNSTABLE,
    /// Reachable only because of a hole left for a condition that does not hold.
    STALE_HOLE,
    /// Reachable although the policy wants the port closed whatever a rule permits.
    FORBIDDEN_PORT,
    /// A place outside the nodes can send packets into the pod network.
    OVERLAY_INJECTABLE,
    /// Denied, but not in the way the policy asks for.
    DENY_STYLE,
    /// A node listens on a port that no rule knows, whether a firewall stands before it or not.
    UNLISTED_LISTENER,
    /// Reachable as a rule wants it, but the firewall takes somebody whom no rule lets in for the
    /// same.
    SOURCE_INDISTINGUISHABLE;

    /// `service-down`.
    public String word() {
      return name().replace('_', '-').toLowerCase(Locale.ROOT);
    }
  }

  /// A short stable word: `compliant`, `missing`, `over-exposed`, `deviates`, `closed-unproven`,
  /// `unverified`, `not-judged`.
  default String word() {
    return switch (this) {
      case Compliant _ -> "compliant";
      case Finding f -> f.kind().label().toLowerCase(Locale.ROOT);
      case ClosedUnproven _ -> "closed-unproven";
      case Unverified _ -> "unverified";
      case NotJudged _ -> "not-judged";
    };
  }

  static Finding missing() {
    return new Finding(Kind.MISSING, Optional.empty());
  }

  static Finding overExposed() {
    return new Finding(Kind.OVER_EXPOSED, Optional.empty());
  }

  static Finding overExposed(Deviation how) {
    return new Finding(Kind.OVER_EXPOSED, Optional.of(how));
  }

  static Finding deviates(Deviation how) {
    return new Finding(Kind.DEVIATES, Optional.of(how));
  }
}
