// The sign-up page: this browser's time zone is chosen already, if it is in the list.
"use strict";
{
  const list = document.getElementById("id_time_zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!list.value && [...list.options].some(option => option.value === here)) list.value = here;
}
