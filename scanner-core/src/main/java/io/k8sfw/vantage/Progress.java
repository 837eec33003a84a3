package io.k8sfw.vantage;

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

  /// Who looks after the targets now. Asked for all the time: the same object as long as there is
  /// no news.
  default Oversight oversight() {
    return Oversight.FULL;
  }
}
