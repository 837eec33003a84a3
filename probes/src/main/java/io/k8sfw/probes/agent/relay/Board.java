package io.k8sfw.probes.agent.relay;

import java.io.IOException;

/// Two ConfigMaps: the other side's, to read, and our own, to write.
public interface Board {
  /// @throws BrokenRelayException where there will never be anything to read
  /// @throws IOException where it may work later
  Parcel read() throws IOException;

  /// Replaces what was there.
  ///
  /// @throws IOException where it is unknown whether it did, or may work later
  void write(Parcel parcel) throws IOException;
}
