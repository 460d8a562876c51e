/* What computes on this machine. */
#include <stdio.h>

#include "commands/common.h"
#include "devices/gpu/interfaces.h"

static rc_status add_processor(rc_json *list)
{
    rc_json *row;
    RC_TRY(rc_json_object(&row));
    RC_TRY(rc_json_append(list, row));
    RC_TRY(rc_json_set_string(row, "name", "cpu"));
    RC_TRY(rc_json_set_string(row, "what", "the processor (the default)"));
    return rc_json_set_boolean(row, "usable", true);
}

static rc_status add_found(rc_json *list, const char *kind, int index, const rc__gpu_found *f)
{
    char name[32], what[400];
    rc_json *row;
    snprintf(name, sizeof name, "%s:%d", kind, index);
    snprintf(what, sizeof what, "%s (%s, driver %s)", f->name, f->version, f->driver);
    RC_TRY(rc_json_object(&row));
    RC_TRY(rc_json_append(list, row));
    RC_TRY(rc_json_set_string(row, "name", name));
    RC_TRY(rc_json_set_string(row, "what", what));
    RC_TRY(rc_json_set_integer(row, "memory_mb", (int64_t)(f->memory >> 20)));
    RC_TRY(rc_json_set_boolean(row, "card", f->is_card));
    RC_TRY(rc_json_set_boolean(row, "usable", !f->refused[0]));
    return f->refused[0] ? rc_json_set_string(row, "why", f->refused) : RC_OK;
}

/* By what ranks would send gradients from card to card. */
static rc_status note_bridge(rc_json *notes, const rc__gpu_interface *of)
{
    char version[32], line[RC_MESSAGE];
    if (!of->bridge) return RC_OK;
    if (of->bridge(sizeof version, version) == RC_OK)
        snprintf(line, sizeof line, "between ranks gradients go from card to card by %s", version);
    else
        snprintf(line, sizeof line, "between ranks gradients go through the host: %s", rc_error_text());
    return rc_json_append_string(notes, line);
}

/* Where an interface cannot be asked, a note says why. */
static rc_status add_all(rc_json *list, rc_json *notes, const rc__gpu_interface *of)
{
    rc__gpu_found found;
    bool is_there = true;
    for (int i = 0; is_there; i++) {
        if (rc__gpu_look(of, i, &is_there, &found) != RC_OK)
            return rc_json_append_string(notes, rc_error_text());
        if (is_there) RC_TRY(add_found(list, of->name, i, &found));
    }
    return note_bridge(notes, of);
}

static rc_status fill(rc_json *j)
{
    rc_json *list, *notes;
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(j, "devices", list));
    RC_TRY(rc_json_array(&notes));
    RC_TRY(rc_json_set(j, "notes", notes));
    RC_TRY(add_processor(list));
    const rc__gpu_interface *interface;
    for (int i = 0; (interface = rc__gpu_interface_at(i)) != NULL; i++)
        RC_TRY(add_all(list, notes, interface));
    return RC_OK;
}

rc_status rc_devices(char **json)
{
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, fill(j), json);
}
