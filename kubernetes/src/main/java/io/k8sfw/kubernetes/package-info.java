/// A live cluster: its nodes, facts and Services as an inventory, and agents as its pods. The one
/// place that knows the Kubernetes API.
@NullMarked
package io.k8sfw.kubernetes;

import org.jspecify.annotations.NullMarked;
