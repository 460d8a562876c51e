/* gradients MODEL INPUT OUTPUT: the last hidden state of a model folder and all gradients of one loss.
 *
 * INPUT (.safetensors) holds input.x [B, C, H, W], or input.ids [B, T] with input.length [B] (int64), and
 * input.cotangent, shaped like the last hidden state; the loss is the sum of their product. OUTPUT gets
 * output.last_hidden_state, output.loss and grad.NAME for every parameter. */
#include <stdio.h>
#include <stdlib.h>

#include "backbones/model_folder.h"
#include "ops/ops.h"

typedef struct job {
    rc_safetensors *in;
    rc_model *model;
    rc_graph *graph;
    rc_safetensors_writer *out;
    float *cotangent, *host; /* host: every number that is written, in one block */
    size_t at;
} job;

static rc_status entry(const job *j, const char *name, rc_safetensors_entry *out)
{
    int at = rc_safetensors_find(j->in, name);
    RC_CHECK(at >= 0, RC_FORMAT, "the input has no tensor \"%s\"", name);
    *out = rc_safetensors_get(j->in, at);
    return RC_OK;
}

static rc_status floats(const job *j, const char *name, rc_shape *shape, float **out)
{
    rc_safetensors_entry e;
    RC_TRY(entry(j, name, &e));
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    *shape = e.shape;
    return rc_array_to_f32(&view, out);
}

static rc_status wholes(const job *j, const char *name, rc_shape *shape, int32_t **out)
{
    rc_safetensors_entry e;
    RC_TRY(entry(j, name, &e));
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    *shape = e.shape;
    RC_TRY(RC_NEW(out, rc_shape_size(&e.shape)));
    return rc_array_to_i32(&view, name, *out);
}

static rc_status open_model(job *j, const char *folder, rc_feed *feed)
{
    rc_device *device = rc_device_default();
    rc_shape shape, rows;
    RC_TRY(rc_graph_create(device, &j->graph));
    if (rc_safetensors_find(j->in, "input.x") >= 0) {
        float *x;
        RC_TRY(floats(j, "input.x", &shape, &x));
        rc_input in = {
            .kind = RC_INPUT_IMAGE, .channels = shape.dim[1], .height = shape.dim[2], .width = shape.dim[3]};
        RC_TRY(rc_model_folder_open(folder, device, &in, &j->model));
        feed->x = rc_graph_input(j->graph, RC_DTYPE_F32, shape, x, false);
        rc_free(x);
        return rc_graph_status(j->graph);
    }
    int32_t *ids, *length;
    RC_TRY(wholes(j, "input.ids", &shape, &ids));
    RC_TRY(wholes(j, "input.length", &rows, &length));
    rc_input in = {.kind = RC_INPUT_TOKENS, .length = shape.dim[1]};
    RC_TRY(rc_model_folder_open(folder, device, &in, &j->model));
    rc_token_batch batch = {.batch = shape.dim[0], .tokens = shape.dim[1], .ids = ids, .length = length};
    *feed = rc_feed_tokens(j->graph, &j->model->spec.backbone, &batch);
    rc_free(ids);
    rc_free(length);
    return rc_graph_status(j->graph);
}

static rc_status write_tensor(job *j, const char *name, const rc_tensor *t)
{
    float *to = j->host + j->at;
    RC_TRY(rc_tensor_download(t, to));
    j->at += (size_t)rc_tensor_size(t);
    return rc_safetensors_writer_add(j->out, name, RC_DTYPE_F32, t->shape, to);
}

static rc_status write_all(job *j, const rc_tensor *hidden, double loss)
{
    static char names[1 << 16][128];
    rc_params *p = j->model->params;
    float *last = j->host + j->at++;
    *last = (float)loss;
    RC_TRY(rc_safetensors_writer_add(j->out, "output.loss", RC_DTYPE_F32, RC_SHAPE(1), last));
    RC_TRY(write_tensor(j, "output.last_hidden_state", hidden));
    for (int i = 0; i < rc_params_count(p); i++) {
        rc_tensor grad = rc_params_grad(p, i);
        if (!rc_params_grad_ready(p, i)) continue; /* a head takes no part */
        snprintf(names[i], sizeof *names, "grad.%s", rc_params_get(p, i)->name);
        RC_TRY(write_tensor(j, names[i], &grad));
    }
    return RC_OK;
}

static rc_status run(job *j, const char *folder, const char *input, const char *output)
{
    rc_feed feed = {0};
    rc_shape shape;
    RC_TRY(rc_safetensors_open(input, &j->in));
    RC_TRY(open_model(j, folder, &feed));
    RC_TRY(rc_params_prepare_grads(j->model->params));
    rc_var y = rc_model_body(j->graph, j->model, rc_model_embed(j->graph, j->model, &feed), &feed);
    RC_TRY(rc_graph_status(j->graph));
    RC_TRY(floats(j, "input.cotangent", &shape, &j->cotangent));
    int64_t n = rc_tensor_size(&y->value);
    RC_CHECK(rc_shape_size(&shape) == n, RC_SHAPE,
             "input.cotangent is not shaped like the last hidden state");
    RC_TRY(RC_NEW(&j->host, 1 + n + rc_params_total(j->model->params)));
    RC_TRY(rc_tensor_download(&y->value, j->host));
    double loss = 0;
    for (int64_t i = 0; i < n; i++)
        loss += (double)j->host[i] * j->cotangent[i];
    rc_graph_keep(y);
    RC_TRY(rc_graph_seed(y, j->cotangent));
    RC_TRY(rc_graph_backward(j->graph, false));
    RC_TRY(rc_safetensors_writer_create(&j->out));
    RC_TRY(write_all(j, &y->value, loss));
    return rc_safetensors_writer_write(j->out, output);
}

int main(int argc, char **argv)
{
    job j = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: gradients MODEL INPUT.safetensors OUTPUT.safetensors\n");
        return 2;
    }
    rc_status status = run(&j, argv[1], argv[2], argv[3]);
    if (status != RC_OK) fprintf(stderr, "gradients: %s\n", rc_error_text());
    rc_safetensors_writer_destroy(&j.out);
    rc_graph_destroy(&j.graph);
    rc_model_destroy(&j.model);
    rc_safetensors_close(&j.in);
    rc_free(j.cotangent);
    rc_free(j.host);
    return status == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
