package io.k8sfw.probes.batch;

import io.k8sfw.model.PortSet;

/// Ports that are asked what the order wants to know, and nothing more: no canary, no second look.
public final class SparedPorts {
  /// Where a connect more than needed could do harm: ssh locks out (sshd_config(5),
  /// PerSourcePenalties), BGP resets a session (RFC 4271 section 6.8), etcd writes a warning each
  /// time.
  public static final PortSet ALL = PortSet.parse("22, 179, 2379-2380");

  private SparedPorts() {}
}
