package io.k8sfw.observation;

import io.k8sfw.model.Untrusted;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// How a vantage point did.
///
/// @param transport how probes got there, such as `local` or `netns /run/netns/blue`
/// @param failure why it could not be used, or why it stopped; empty when it did all it was asked
/// @param probesSent packets-starting attempts, controls included
/// @param taken when it observed, where that was not during the run that judges it: somewhere else
///   at another time; empty otherwise
/// @param exec what came of the exec that was to lead there; empty where there was none, or nobody
///   could tell
public record VantageReport(
    String vantage,
    String transport,
    Set<Capability> capabilities,
    Optional<Untrusted> failure,
    long probesSent,
    Optional<Taken> taken,
    Optional<ExecReport> exec) {
  /// From the first packet to the last answer.
  ///
  /// @param started by the clock of the machine that the place is on, as is `finished`
  public record Taken(Instant started, Instant finished) {}

  /// Of a place that observed during the run.
  public VantageReport(
      String vantage,
      String transport,
      Set<Capability> capabilities,
      Optional<Untrusted> failure,
      long probesSent) {
    this(vantage, transport, capabilities, failure, probesSent, Optional.empty(), Optional.empty());
  }

  /// The same, of a place that observed at another time.
  public VantageReport at(Taken when) {
    return new VantageReport(
        vantage, transport, capabilities, failure, probesSent, Optional.of(when), exec);
  }

  /// The same, of a place that an exec was to lead to.
  public VantageReport by(Optional<ExecReport> way) {
    return new VantageReport(vantage, transport, capabilities, failure, probesSent, taken, way);
  }

  /// What a vantage point can tell apart.
  public enum Capability {
    /// Reads ICMP type, code and sender from a socket's error queue (ip(7), IP_RECVERR).
    ERROR_QUEUE("error-queue"),
    /// Reads its node's socket table.
    SOCKET_TABLE("socket-table"),
    /// Holds a free port as a witness.
    WITNESS("witness"),
    /// Sees connection attempts arrive at its machine, before any firewall of it, and leave it,
    /// after all of them (packet(7)). Without it a local egress rule looks like a remote one.
    PACKET_TAP("packet-tap"),
    /// Sends SYNs without making connections (raw(7)): asks ports where a connection does harm.
    RAW_SOCKET("raw-socket");

    private final String word;

    Capability(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  public VantageReport {
    capabilities = Set.copyOf(capabilities);
  }
}
