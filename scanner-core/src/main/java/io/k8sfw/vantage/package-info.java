/// The seam between deciding and probing: orders go in, observations come out. Knows no
/// expectation.
@NullMarked
package io.k8sfw.vantage;

import org.jspecify.annotations.NullMarked;
