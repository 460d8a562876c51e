/* What computes on this machine. */
#include <stdio.h>

#include "commands/common.h"
#include "devices/gpu/interfaces.h"

static void add_processor(rc_json *list)
{
    rc_json *row = rc_json_append(list, rc_json_object());
    rc_json_set_string(row, "name", "cpu");
    rc_json_set_string(row, "what", "the processor (the default)");
    rc_json_set_boolean(row, "usable", true);
}

static void add_found(rc_json *list, const char *kind, int index, const rc__gpu_found *f)
{
    char name[32], what[400];
    snprintf(name, sizeof name, "%s:%d", kind, index);
    snprintf(what, sizeof what, "%s (%s, driver %s)", f->name, f->version, f->driver);
    rc_json *row = rc_json_append(list, rc_json_object());
    rc_json_set_string(row, "name", name);
    rc_json_set_string(row, "what", what);
    rc_json_set_integer(row, "memory_mb", (int64_t)(f->memory >> 20));
    rc_json_set_boolean(row, "card", f->is_card);
    rc_json_set_boolean(row, "usable", !f->refused[0]);
    if (f->refused[0]) rc_json_set_string(row, "why", f->refused);
}

/* By what ranks would send gradients from card to card. */
static void note_bridge(rc_json *notes, const rc__gpu_interface *of)
{
    char version[32], line[RC_MESSAGE];
    if (!of->bridge) return;
    if (of->bridge(sizeof version, version) == RC_OK)
        snprintf(line, sizeof line, "between ranks gradients go from card to card by %s", version);
    else
        snprintf(line, sizeof line, "between ranks gradients go through the host: %s", rc_error_text());
    rc_json_append_string(notes, line);
}

/* Where an interface cannot be asked, a note says why. */
static void add_all(rc_json *list, rc_json *notes, const rc__gpu_interface *of)
{
    rc__gpu_found found;
    bool is_there = true;
    for (int i = 0; is_there; i++) {
        if (rc__gpu_look(of, i, &is_there, &found) != RC_OK) {
            rc_json_append_string(notes, rc_error_text());
            return;
        }
        if (is_there) add_found(list, of->name, i, &found);
    }
    note_bridge(notes, of);
}

static void list_devices(rc_json *j)
{
    rc_json *list = rc_json_set(j, "devices", rc_json_array());
    rc_json *notes = rc_json_set(j, "notes", rc_json_array());
    add_processor(list);
    const rc__gpu_interface *interface;
    for (int i = 0; (interface = rc__gpu_interface_at(i)) != NULL; i++)
        add_all(list, notes, interface);
}

rc_status rc_devices(char **json)
{
    rc_json *j = rc_json_object();
    list_devices(j);
    return rc__json_result(j, RC_OK, json);
}
