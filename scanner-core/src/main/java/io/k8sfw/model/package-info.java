/// What exists: zones, addresses, ports, flows. Plain values that every other package may use.
@NullMarked
package io.k8sfw.model;

import org.jspecify.annotations.NullMarked;
