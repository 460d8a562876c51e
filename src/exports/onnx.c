#include "exports/onnx.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "formats/protobuf.h"
#include "recraft/version.h"

/* The numbers of fields and types, from onnx.proto3. */
enum {
    MODEL_IR = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_NOTE = 14
};
enum { OPSET_VERSION = 2, NOTE_KEY = 1, NOTE_TEXT = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_WHOLE = 3,
    ATTRIBUTE_LIST = 8,
    ATTRIBUTE_TYPE = 20
};
enum { IS_FLOAT = 1, IS_WHOLE = 2, IS_LIST = 7 };
enum { TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9, F32 = 1, I64 = 7 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1, TENSOR_TYPE_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };
enum { IR_VERSION = 8, LARGEST = INT32_MAX }; /* 8 came with opset 15; protocol buffers hold less than 2 GB */

struct rc_onnx {
    rc_status status;
    rc_arena *arena; /* names */
    int count;       /* values named so far */
    rc_string nodes, tensors, ends, notes;
};

rc_status rc_onnx_create(rc_onnx **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_arena_create(&(*out)->arena);
    if (status != RC_OK) rc_onnx_destroy(out);
    return status;
}

void rc_onnx_destroy(rc_onnx **o)
{
    if (!*o) return;
    rc_arena_destroy(&(*o)->arena);
    rc_string_free(&(*o)->nodes);
    rc_string_free(&(*o)->tensors);
    rc_string_free(&(*o)->ends);
    rc_string_free(&(*o)->notes);
    rc_free(*o);
    *o = NULL;
}

rc_status rc_onnx_status(const rc_onnx *o)
{
    return o->status;
}

rc_onnx_value rc_onnx_fail(rc_onnx *o, rc_status status)
{
    if (o->status == RC_OK) o->status = status;
    return NULL;
}

static rc_onnx_value keep_name(rc_onnx *o, const char *name)
{
    void *copy;
    rc_status status = rc_arena_alloc(o->arena, strlen(name) + 1, &copy);
    if (status != RC_OK) return rc_onnx_fail(o, status);
    return strcpy(copy, name);
}

static rc_onnx_value new_name(rc_onnx *o, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%d", what, o->count++);
    return keep_name(o, name);
}

/* ---- inputs and outputs ---- */

static rc_status put_dimension(rc_string *shape, int64_t n)
{
    rc_string dim = {0};
    rc_status status = n >= 0 ? rc_protobuf_whole(&dim, DIM_VALUE, n)
                              : rc_protobuf_text(&dim, DIM_NAME, n == RC_ONNX_BATCH ? "batch" : "tokens");
    return status == RC_OK ? rc_protobuf_message(shape, SHAPE_DIM, &dim) : status;
}

static rc_status put_type(rc_string *value, int element, const rc_shape *s)
{
    rc_string shape = {0}, tensor = {0}, type = {0};
    rc_status status = rc_protobuf_whole(&tensor, TENSOR_TYPE_ELEMENT, element);
    for (int i = 0; i < s->n && status == RC_OK; i++)
        status = put_dimension(&shape, s->dim[i]);
    if (status == RC_OK) status = rc_protobuf_message(&tensor, TENSOR_TYPE_SHAPE, &shape);
    if (status == RC_OK) status = rc_protobuf_message(&type, TYPE_TENSOR, &tensor);
    if (status == RC_OK) status = rc_protobuf_message(value, VALUE_TYPE, &type);
    rc_string_free(&shape);
    rc_string_free(&tensor);
    rc_string_free(&type);
    return status;
}

static void put_end(rc_onnx *o, int field, const char *name, int element, const rc_shape *shape)
{
    rc_string value = {0};
    if (o->status == RC_OK) o->status = rc_protobuf_text(&value, VALUE_NAME, name);
    if (o->status == RC_OK) o->status = put_type(&value, element, shape);
    if (o->status == RC_OK) o->status = rc_protobuf_message(&o->ends, field, &value);
    rc_string_free(&value);
}

static int element_of(rc_dtype dtype)
{
    return dtype == RC_DTYPE_I64 ? I64 : F32;
}

rc_onnx_value rc_onnx_input(rc_onnx *o, const char *name, rc_dtype dtype, rc_shape shape)
{
    put_end(o, GRAPH_INPUT, name, element_of(dtype), &shape);
    return o->status == RC_OK ? keep_name(o, name) : NULL;
}

static void put_node(rc_onnx *o, const char *operator, const rc_onnx_value * in, int n_out,
                     const rc_onnx_value *out, const rc_onnx_attribute *attribute);

void rc_onnx_output(rc_onnx *o, const char *name, rc_onnx_value value, rc_shape shape)
{
    put_node(o, "Identity", (rc_onnx_value[RC_ONNX_INPUTS]){value}, 1, &name, &(rc_onnx_attribute){0});
    put_end(o, GRAPH_OUTPUT, name, F32, &shape);
}

void rc_onnx_note(rc_onnx *o, const char *key, const char *text)
{
    rc_string note = {0};
    if (o->status == RC_OK) o->status = rc_protobuf_text(&note, NOTE_KEY, key);
    if (o->status == RC_OK) o->status = rc_protobuf_text(&note, NOTE_TEXT, text);
    if (o->status == RC_OK) o->status = rc_protobuf_message(&o->notes, MODEL_NOTE, &note);
    rc_string_free(&note);
}

/* ---- constants ---- */

static rc_status put_tensor(rc_onnx *o, const char *name, rc_dtype dtype, const rc_shape *shape,
                            const void *data)
{
    size_t bytes = (size_t)rc_shape_size(shape) * rc_dtype_size(dtype);
    rc_string head = {0}, tensor = {0};
    rc_status status = RC_OK;
    RC_CHECK(bytes < LARGEST && o->tensors.length + bytes < LARGEST, RC_UNSUPPORTED,
             "the model has more than 2 GB, which one ONNX file cannot hold; choose \1to npz");
    for (int i = 0; i < shape->n && status == RC_OK; i++)
        status = rc_protobuf_whole(&tensor, TENSOR_DIM, shape->dim[i]);
    if (status == RC_OK) status = rc_protobuf_whole(&tensor, TENSOR_TYPE, element_of(dtype));
    if (status == RC_OK) status = rc_protobuf_text(&tensor, TENSOR_NAME, name);
    if (status == RC_OK) status = rc_protobuf_head(&tensor, TENSOR_BYTES, bytes);
    if (status == RC_OK) status = rc_protobuf_head(&head, GRAPH_TENSOR, tensor.length + bytes);
    if (status == RC_OK) status = rc_string_add(&o->tensors, head.data, head.length);
    if (status == RC_OK) status = rc_string_add(&o->tensors, tensor.data, tensor.length);
    if (status == RC_OK && bytes > 0) status = rc_string_add(&o->tensors, data, bytes);
    rc_string_free(&head);
    rc_string_free(&tensor);
    return status;
}

rc_onnx_value rc_onnx_constant(rc_onnx *o, const char *name, rc_dtype dtype, rc_shape shape, const void *data)
{
    if (o->status == RC_OK) o->status = put_tensor(o, name, dtype, &shape, data);
    return o->status == RC_OK ? keep_name(o, name) : NULL;
}

rc_onnx_value rc_onnx_table(rc_onnx *o, rc_dtype dtype, rc_shape shape, const void *data)
{
    rc_onnx_value name = o->status == RC_OK ? new_name(o, "constant") : NULL;
    return name ? rc_onnx_constant(o, name, dtype, shape, data) : NULL;
}

rc_onnx_value rc_onnx_number(rc_onnx *o, float number)
{
    return rc_onnx_table(o, RC_DTYPE_F32, (rc_shape){0}, &number);
}

rc_onnx_value rc_onnx_whole(rc_onnx *o, int64_t number)
{
    return rc_onnx_table(o, RC_DTYPE_I64, (rc_shape){0}, &number);
}

/* ---- nodes ---- */

static rc_status put_attribute(rc_string *node, const rc_onnx_attribute *a)
{
    static const int type[] = {
        [RC_ONNX_WHOLE] = IS_WHOLE, [RC_ONNX_NUMBER] = IS_FLOAT, [RC_ONNX_LIST] = IS_LIST};
    rc_string s = {0};
    if (!a->name) return RC_OK;
    rc_status status = rc_protobuf_text(&s, ATTRIBUTE_NAME, a->name);
    if (status == RC_OK) status = rc_protobuf_whole(&s, ATTRIBUTE_TYPE, type[a->kind]);
    if (status == RC_OK && a->kind == RC_ONNX_NUMBER)
        status = rc_protobuf_float(&s, ATTRIBUTE_FLOAT, (float)a->value);
    if (status == RC_OK && a->kind == RC_ONNX_WHOLE)
        status = rc_protobuf_whole(&s, ATTRIBUTE_WHOLE, (int64_t)a->value);
    for (int i = 0; i < a->list.n && status == RC_OK; i++)
        status = rc_protobuf_whole(&s, ATTRIBUTE_LIST, a->list.dim[i]);
    if (status == RC_OK) status = rc_protobuf_message(node, NODE_ATTRIBUTE, &s);
    rc_string_free(&s);
    return status;
}

static void put_node(rc_onnx *o, const char *operator, const rc_onnx_value * in, int n_out,
                     const rc_onnx_value *out, const rc_onnx_attribute *attribute)
{
    rc_string node = {0};
    if (o->status != RC_OK) return;
    rc_status status = rc_protobuf_text(&node, NODE_NAME, out[0]);
    for (int i = 0; i < RC_ONNX_INPUTS && in[i] && status == RC_OK; i++)
        status = rc_protobuf_text(&node, NODE_INPUT, in[i]);
    for (int i = 0; i < n_out && status == RC_OK; i++)
        status = rc_protobuf_text(&node, NODE_OUTPUT, out[i]);
    if (status == RC_OK) status = rc_protobuf_text(&node, NODE_OPERATOR, operator);
    if (status == RC_OK) status = put_attribute(&node, attribute);
    if (status == RC_OK) status = rc_protobuf_message(&o->nodes, GRAPH_NODE, &node);
    rc_string_free(&node);
    o->status = status;
}

rc_onnx_value rc_onnx_node(rc_onnx *o, const char *operator, const rc_onnx_value in[RC_ONNX_INPUTS],
                           rc_onnx_attribute attribute)
{
    rc_onnx_value out = o->status == RC_OK ? new_name(o, operator) : NULL;
    if (out) put_node(o, operator, in, 1, &out, &attribute);
    return out;
}

void rc_onnx_split(rc_onnx *o, rc_onnx_value x, int parts, rc_onnx_value *out)
{
    for (int i = 0; i < parts; i++)
        out[i] = o->status == RC_OK ? new_name(o, "Split") : NULL;
    put_node(o, "Split", (rc_onnx_value[RC_ONNX_INPUTS]){x}, parts, out,
             &(rc_onnx_attribute){"axis", RC_ONNX_WHOLE, .value = -1});
}

rc_onnx_value rc_onnx_one(rc_onnx *o, const char *operator, rc_onnx_value x)
{
    return rc_onnx_node(o, operator,(rc_onnx_value[RC_ONNX_INPUTS]){x}, (rc_onnx_attribute){0});
}

rc_onnx_value rc_onnx_two(rc_onnx *o, const char *operator, rc_onnx_value a, rc_onnx_value b)
{
    return rc_onnx_node(o, operator,(rc_onnx_value[RC_ONNX_INPUTS]){a, b}, (rc_onnx_attribute){0});
}

rc_onnx_value rc_onnx_reshape(rc_onnx *o, rc_onnx_value x, rc_shape shape)
{
    return rc_onnx_two(o, "Reshape", x, rc_onnx_table(o, RC_DTYPE_I64, RC_SHAPE(shape.n), shape.dim));
}

rc_onnx_value rc_onnx_transpose(rc_onnx *o, rc_onnx_value x, rc_shape order)
{
    return rc_onnx_node(o, "Transpose", (rc_onnx_value[RC_ONNX_INPUTS]){x},
                        (rc_onnx_attribute){"perm", RC_ONNX_LIST, .list = order});
}

rc_onnx_value rc_onnx_cast(rc_onnx *o, rc_onnx_value x, rc_dtype to)
{
    return rc_onnx_node(o, "Cast", (rc_onnx_value[RC_ONNX_INPUTS]){x},
                        (rc_onnx_attribute){"to", RC_ONNX_WHOLE, .value = element_of(to)});
}

rc_onnx_value rc_onnx_softmax(rc_onnx *o, rc_onnx_value x)
{
    return rc_onnx_node(o, "Softmax", (rc_onnx_value[RC_ONNX_INPUTS]){x},
                        (rc_onnx_attribute){"axis", RC_ONNX_WHOLE, .value = -1});
}

rc_onnx_value rc_onnx_take(rc_onnx *o, rc_onnx_value x, rc_onnx_value index, int64_t axis)
{
    return rc_onnx_node(o, "Gather", (rc_onnx_value[RC_ONNX_INPUTS]){x, index},
                        (rc_onnx_attribute){"axis", RC_ONNX_WHOLE, .value = (double)axis});
}

/* ---- the file ---- */

static rc_status put_before(const rc_onnx *o, size_t graph, rc_string *to)
{
    rc_string opset = {0};
    RC_TRY(rc_protobuf_whole(to, MODEL_IR, IR_VERSION));
    RC_TRY(rc_protobuf_text(to, MODEL_PRODUCER, "recraft"));
    RC_TRY(rc_protobuf_text(to, MODEL_PRODUCER_VERSION, rc_version()));
    rc_status status = rc_protobuf_whole(&opset, OPSET_VERSION, RC_ONNX_OPSET);
    if (status == RC_OK) status = rc_protobuf_message(to, MODEL_OPSET, &opset);
    rc_string_free(&opset);
    if (status == RC_OK && o->notes.length > 0) status = rc_string_add(to, o->notes.data, o->notes.length);
    return status == RC_OK ? rc_protobuf_head(to, MODEL_GRAPH, graph) : status;
}

static rc_status put_all(const rc_onnx *o, rc_file_writer *w)
{
    const rc_string *part[] = {&o->nodes, &o->tensors, &o->ends};
    rc_string name = {0}, before = {0};
    rc_status status = rc_protobuf_text(&name, GRAPH_NAME, "recraft");
    size_t graph = name.length + o->nodes.length + o->tensors.length + o->ends.length;
    if (status == RC_OK && graph >= LARGEST)
        status =
            rc_fail(RC_UNSUPPORTED, "%s: one ONNX file cannot have 2 GB or more; choose \1to npz", w->path);
    if (status == RC_OK) status = put_before(o, graph, &before);
    if (status == RC_OK) status = rc_file_writer_put(w, before.data, before.length);
    if (status == RC_OK) status = rc_file_writer_put(w, name.data, name.length);
    for (int i = 0; i < 3 && status == RC_OK; i++)
        status = rc_file_writer_put(w, part[i]->data, part[i]->length);
    rc_string_free(&name);
    rc_string_free(&before);
    return status;
}

rc_status rc_onnx_write(const rc_onnx *o, const char *path)
{
    rc_file_writer w;
    RC_TRY(o->status);
    RC_TRY(rc_file_writer_open(path, &w));
    rc_status status = put_all(o, &w);
    if (status == RC_OK) return rc_file_writer_commit(&w);
    rc_file_writer_abandon(&w);
    return status;
}
