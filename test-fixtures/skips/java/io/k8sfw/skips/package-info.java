/// Not a test: what every module's tests are heard by.
@NullMarked
package io.k8sfw.skips;

import org.jspecify.annotations.NullMarked;
