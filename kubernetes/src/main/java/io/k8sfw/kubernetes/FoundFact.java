package io.k8sfw.kubernetes;

/// A fact of the cluster.
///
/// @param name as conditions of rules ask for it: `cni`
/// @param value in lower case
/// @param from what proves it
record FoundFact(String name, String value, String from) {}
