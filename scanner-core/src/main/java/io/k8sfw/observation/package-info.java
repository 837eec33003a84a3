/// What the wire and the targets said. Knows no expectation.
@NullMarked
package io.k8sfw.observation;

import org.jspecify.annotations.NullMarked;
