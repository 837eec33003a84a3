package io.k8sfw.vantage;

import java.net.InetAddress;
import java.util.Set;

/// Hears how a campaign goes, and may end it. Called from many threads.
public interface Progress {
  /// Hears nothing and never ends anything.
  Progress SILENT =
      new Progress() {
        @Override
        public void settled(String vantage, long ports) {}

        @Override
        public boolean cancelled() {
          return false;
        }
      };

  /// The vantage point is `ports` further: a port counts in part while it is asked again, and in
  /// full when its state is known or known to be unknowable.
  void settled(String vantage, long ports);

  /// Whether to stop sending now and hand over what there is.
  boolean cancelled();

  /// What may be taken of connection tracking tables from now on.
  default Allowance allowance() {
    return Allowance.UNLIMITED;
  }

  /// Addresses where no agent is, or none any more, that could tell what arrives: as long as
  /// nothing answers there either, silence proves nothing, however often it is asked. The same
  /// object until there is news.
  default Set<InetAddress> unwatched() {
    return Set.of();
  }
}
