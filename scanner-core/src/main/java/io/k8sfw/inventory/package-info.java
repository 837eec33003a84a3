/// The places: nodes, their addresses, and the vantage points that probes may leave from.
@NullMarked
package io.k8sfw.inventory;

import org.jspecify.annotations.NullMarked;
