/// The straight line from a matrix to a result. Start reading here.
@NullMarked
package io.k8sfw.audit;

import org.jspecify.annotations.NullMarked;
