/// Observations become verdicts, by one exhaustive table. Pure.
@NullMarked
package io.k8sfw.evaluate;

import org.jspecify.annotations.NullMarked;
