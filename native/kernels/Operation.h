// How a kernel becomes a TensorFlow operation: typed access to attributes, inputs and outputs. Shapes that do not fit are errors of the operation.
#pragma once
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "TensorFlow.h"

namespace kernels {

typedef std::vector<int64_t> Shape;

inline std::string show(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); i++) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

inline int64_t sizeOf(const Shape& shape) {
  int64_t size = 1;
  for (const int64_t length : shape) size *= length;
  return size;
}

[[noreturn]] inline void fail(const std::string& message) { throw std::invalid_argument(message); }

class Status {
 public:
  ~Status() { TF_DeleteStatus(status_); }
  operator TF_Status*() { return status_; }
  void check() const {
    if (TF_GetCode(status_) != TF_OK) fail(TF_Message(status_));
  }

 private:
  TF_Status* status_ = TF_NewStatus();
};

// The attributes of an operation, while a kernel is made for them.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}
  int64_t integer(const char* name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
    status_.check();
    return value;
  }
  float number(const char* name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    status_.check();
    return value;
  }
  std::vector<float> numbers(const char* name) {
    std::vector<float> values(lengthOf(name));
    if (values.empty()) return values;
    TF_OpKernelConstruction_GetAttrFloatList(construction_, name, values.data(), values.size(), status_);
    status_.check();
    return values;
  }
  std::vector<int64_t> integers(const char* name) {
    std::vector<int64_t> values(lengthOf(name));
    if (values.empty()) return values;
    TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), values.size(), status_);
    status_.check();
    return values;
  }

 private:
  int32_t lengthOf(const char* name) {
    int32_t length = 0, bytes = 0;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &length, &bytes, status_);
    status_.check();
    return length > 0 ? length : 0;
  }
  TF_OpKernelConstruction* construction_;
  Status status_;
};

// One call of an operation: its inputs and outputs, which live as long as this.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
  }
  int inputs() const { return TF_NumInputs(context_); }
  Shape shape(int index) {
    TF_Tensor* tensor = input(index);
    Shape shape(TF_NumDims(tensor));
    for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, i);
    return shape;
  }
  // The shape of an input that must have so many dimensions.
  Shape shape(int index, size_t rank, const char* name) {
    const Shape found = shape(index);
    if (found.size() != rank) fail(std::string(name) + ": expected " + std::to_string(rank) + " dimensions, got " + show(found));
    return found;
  }
  // The numbers of an input that must have this shape.
  const float* numbers(int index, const Shape& expected, const char* name) {
    const Shape found = shape(index);
    if (found != expected) fail(std::string(name) + ": expected the shape " + show(expected) + ", got " + show(found));
    return numbers(index);
  }
  const float* numbers(int index) { return static_cast<const float*>(TF_TensorData(input(index))); }
  const uint8_t* bytes(int index) { return static_cast<const uint8_t*>(TF_TensorData(input(index))); }
  float* output(int index, const Shape& shape) {
    TF_Tensor* tensor = TF_AllocateOutput(
        context_, index, TF_FLOAT, shape.data(), shape.size(), sizeOf(shape) * sizeof(float), status_);
    status_.check();
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

 private:
  TF_Tensor* input(int index) {
    if (index >= static_cast<int>(inputs_.size())) inputs_.resize(inputs(), nullptr);
    if (inputs_[index] == nullptr) {
      TF_GetInput(context_, index, &inputs_[index], status_);
      status_.check();
      tensors_.push_back(inputs_[index]);
    }
    return inputs_[index];
  }
  TF_OpKernelContext* context_;
  Status status_;
  std::vector<TF_Tensor*> inputs_, tensors_;
};

// An operation as a type: its name, its signature in TensorFlow's notation, a constructor that reads its attributes and a method that computes.
//
//     struct Example {
//       static constexpr const char* name = "...";
//       static std::vector<const char*> attributes(), inputs(), outputs();
//       explicit Example(Attributes&);
//       void compute(Call&) const;
//     };
template <class Operation>
void registerOperation() {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(Operation::name);
  for (const char* attribute : Operation::attributes()) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  for (const char* input : Operation::inputs()) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : Operation::outputs()) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_RegisterOpDefinition(definition, status);
  status.check();
  const auto create = [](TF_OpKernelConstruction* construction) -> void* {
    try {
      Attributes attributes(construction);
      return new Operation(attributes);
    } catch (const std::exception& error) {
      Status failure;
      TF_SetStatus(failure, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelConstruction_Failure(construction, failure);
      return nullptr;
    }
  };
  const auto compute = [](void* operation, TF_OpKernelContext* context) {
    try {
      Call call(context);
      static_cast<const Operation*>(operation)->compute(call);
    } catch (const std::exception& error) {
      Status failure;
      const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
      TF_SetStatus(failure, memory ? TF_RESOURCE_EXHAUSTED : TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelContext_Failure(context, failure);
    }
  };
  const auto destroy = [](void* operation) { delete static_cast<Operation*>(operation); };
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(Operation::name, "CPU", create, compute, destroy);
  TF_RegisterKernelBuilder(Operation::name, kernel, status);
  status.check();
}

}  // namespace kernels
