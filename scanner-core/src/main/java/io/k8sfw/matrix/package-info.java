/// The policy: who must, may and must not reach which port of whom.
@NullMarked
package io.k8sfw.matrix;

import org.jspecify.annotations.NullMarked;
