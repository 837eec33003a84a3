package io.k8sfw.vantage;

/// The connection tracking table of the machine that a place is on (Linux: nf_conntrack). A full
/// one drops connections of everybody.
///
/// @param table which it is: two places where this is the same share it
/// @param entries now in the table
/// @param most that it may hold (`net.netfilter.nf_conntrack_max`)
public record Tracking(String table, int entries, int most) {
  /// A twentieth of what is free: what an audit may take of it at any time.
  public int budget() {
    return Math.max(1, (most - entries) / 20);
  }
}
