package io.k8sfw.observation;

import io.k8sfw.model.Untrusted;
import java.net.InetAddress;
import java.util.Optional;

/// What came of an exec into a pod: asked of an API server, which passes it on to the kubelet of
/// the pod's node.
///
/// It tells of that way, and of no firewall: a tunnel may carry it, another API server may fare
/// otherwise, and a kubelet that is reached may refuse. So no verdict hangs on it (docs/adr/0021).
///
/// @param node that the pod is on, as the cluster calls it
/// @param address of that node as the cluster has it; the API server may have taken another of its
///   addresses
/// @param port TCP, of the kubelet, as the cluster has it
/// @param failure why it led nowhere, as far as the API server said; empty where it worked
public record ExecReport(String node, InetAddress address, int port, Optional<Untrusted> failure) {}
