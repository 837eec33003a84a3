/// Matrix and inventory become checks and gaps. Pure: sends nothing, reads no clock.
@NullMarked
package io.k8sfw.plan;

import org.jspecify.annotations.NullMarked;
