<#import "logout-layout.ftl" as layout>
<@layout.page heading=msg("logoutConfirmTitle") icon="exit">
  <#assign apps=(sso.apps)![]>
  <div id="kc-logout-confirm">
    <#if apps?has_content>
    <p>${msg("logoutConfirmApps")}</p>
    <@layout.apps names=apps mark="leave"/>
    <#else>
    <p>${msg("logoutConfirmHeader")}</p>
    </#if>
    <p class="sso-quiet">${msg("logoutConfirmHere")}</p>
    <form class="sso-actions" action="${url.logoutConfirmAction}" method="post" data-once>
      <input type="hidden" name="session_code" value="${logoutConfirm.code}">
      <button class="${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!}" id="kc-logout" name="confirmLogout" type="submit">${msg("doLogout")}</button>
      <#if !logoutConfirm.skipLink && (client.baseUrl)?has_content>
      <@layout.link href=client.baseUrl label=msg("backToApp", layout.clientName())/>
      </#if>
    </form>
  </div>
</@layout.page>
