/* The one function of bcryptprimitives.dll that Rust's std calls. The other one of Windows is older. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T size) {
  const SIZE_T most = 1 << 16;
  for (SIZE_T done = 0; done < size; done += most) {
    ULONG part = (ULONG)(size - done < most ? size - done : most);
    if (!RtlGenRandom(bytes + done, part)) return FALSE;
  }
  return TRUE;
}
