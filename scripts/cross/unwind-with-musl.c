/*
 * Debian's unwinder (libgcc_eh.a) is made for glibc, and needs two things of it that musl does otherwise.
 *
 * It asks glibc for the unwind table of an address (_dl_find_object). Here the loaded objects are gone through.
 * It names functions of pthread weakly and takes one that is there as a sign that all are. In a static program with
 * musl only those are there that something needs: so all are asked for.
 */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* As in glibc's manual, "Dynamic Linker Introspection"; what is reserved is generous. */
struct dl_find_object {
  unsigned long long flags;
  void *map_start;
  void *map_end;
  struct link_map *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};

struct search {
  ElfW(Addr) address;
  struct dl_find_object *found;
};

static int look_into(struct dl_phdr_info *object, size_t size, void *data) {
  struct search *search = data;
  int is_here = 0;
  void *table = NULL;
  ElfW(Addr) start = ~(ElfW(Addr))0, end = 0;
  (void)size;
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[index];
    ElfW(Addr) from = object->dlpi_addr + header->p_vaddr;
    ElfW(Addr) to = from + header->p_memsz;
    if (header->p_type == PT_GNU_EH_FRAME) table = (void *)from;
    if (header->p_type != PT_LOAD) continue;
    if (from < start) start = from;
    if (to > end) end = to;
    if (from <= search->address && search->address < to) is_here = 1;
  }
  if (!is_here || table == NULL) return 0;
  memset(search->found, 0, offsetof(struct dl_find_object, reserved));
  search->found->map_start = (void *)start;
  search->found->map_end = (void *)end;
  search->found->eh_frame = table;
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = { (ElfW(Addr))address, found };
  return dl_iterate_phdr(look_into, &search) ? 0 : -1;
}

__attribute__((used)) static void *const needed[] = {
  pthread_once,       pthread_key_create,    pthread_key_delete,     pthread_getspecific, pthread_setspecific,
  pthread_mutex_lock, pthread_mutex_unlock,  pthread_mutex_init,     pthread_mutex_destroy,
  pthread_cond_wait,  pthread_cond_signal,   pthread_cond_broadcast, pthread_cond_destroy,
  pthread_create,     pthread_self,
};
