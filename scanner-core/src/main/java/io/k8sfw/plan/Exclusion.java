package io.k8sfw.plan;

import io.k8sfw.inventory.Scope;

/// What the inventory takes out of scope, and how much that was.
///
/// @param checks how many checks and gaps were left out for this reason
public record Exclusion(Scope scope, int checks) {}
