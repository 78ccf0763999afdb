// An addon whose loading registers the operations with the TensorFlow that this process has loaded. It exports nothing; what fails is thrown.
#include <node_api.h>

#include "BatchNorm.ops.h"
#include "Convolution.ops.h"
#include "Pixels.ops.h"
#include "Update.ops.h"

NAPI_MODULE_INIT() {
  try {
    kernels::registerBatchNorms();
    kernels::registerConvolutions();
    kernels::registerPixels();
    kernels::registerUpdates();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
